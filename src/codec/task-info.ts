import type { ReplicatePieceApprovalTask } from '../domain/task.js'
import { EMPTY_TASK_INFO } from '../domain/task-defaults.js'
import { taskKey } from '../domain/task-key.js'
import * as tables from './gen/tables.js'
import { goJson } from './go-json.js'

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
    `runner[${task.address}], error[${task.err === undefined ? 'null' : goJson(tables.TaskError.fields, task.err, 'long')}]`
  )
}
