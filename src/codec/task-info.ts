import type { ReplicatePieceApprovalTask, TaskError } from '../domain/task.js'
import { EMPTY_TASK_INFO } from '../domain/task-defaults.js'
import { taskKey } from '../domain/task-key.js'
import { goString } from './go-json.js'

/** Priorities from here on are high, and medium; the Go provider's `DefaultLargerTaskPriority` and half of it. */
const HIGH_PRIORITY = 170
const MEDIUM_PRIORITY = 85

/** A running task as a GfSp query shows it, letter by letter (`expiedHeight` is the original's spelling). */
export function taskInfoLine(t: ReplicatePieceApprovalTask): string {
  const task = t.task ?? EMPTY_TASK_INFO
  // The Go provider keeps the lower eight bits of a priority.
  const priority = task.taskPriority & 0xff
  const level = priority >= HIGH_PRIORITY ? 'high' : priority >= MEDIUM_PRIORITY ? 'medium' : 'low'
  return (
    `key[${taskKey(t.objectInfo)}], type[ReplicatePieceApprovalTask], priority[${priority}], ` +
    `limit[tasks:1 tasks_${level}_priority:1 ], expiedHeight[${t.expiredHeight}], create[${task.createTime}], ` +
    `update[${task.updateTime}], timeout[${task.timeout}], retry[${task.retry}], max_retry[${task.maxRetry}], ` +
    `runner[${task.address}], error[${task.err === undefined ? 'null' : errorText(task.err)}]`
  )
}

function errorText({ codeSpace, httpStatusCode, innerCode, description }: TaskError): string {
  const fields: string[] = []
  if (codeSpace !== '') fields.push(`"code_space":${goString(codeSpace, 'long')}`)
  if (httpStatusCode !== 0) fields.push(`"http_status_code":${httpStatusCode}`)
  if (innerCode !== 0) fields.push(`"inner_code":${innerCode}`)
  if (description !== '') fields.push(`"description":${goString(description, 'long')}`)
  return `{${fields.join(',')}}`
}
