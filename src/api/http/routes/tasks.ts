import { type TaskKey, type TaskRecord, taskInfoLine, taskToJson } from '../../../index.js'
import type { HttpServer, Static } from '../../../kit/http/schema-type.js'
import type { Viewable } from '../../../kit/http/view.js'
import type { ApiContext } from '../context.js'
import { KeyParams } from '../schemas/common.js'
import { CancelledSchema, TaskListSchema, TaskQuery, TaskSchema, type TaskSummarySchema } from '../schemas/tasks.js'
import { reportView } from './ask-view.js'
import { findTask } from './find-task.js'
import { operation } from './operation.js'
import { readSince } from './parse.js'

const DEFAULT_LIMIT = 1_000

export function taskRoutes(api: HttpServer, { module, clock }: ApiContext): void {
  api.get(
    '/tasks',
    operation(
      'tasks',
      'listTasks',
      'Tasks whose key contains the sub-key: the running ones, unless `state` says otherwise',
      { querystring: TaskQuery, answers: { 200: TaskListSchema }, problems: [400] }
    ),
    request => {
      const { subKey = '', state = 'running', since, limit = DEFAULT_LIMIT } = request.query
      const from = since === undefined ? undefined : readSince(since, clock)
      const matching = module
        .tasks({ subKey, ...(from !== undefined && { since: from }) })
        .filter(record => inState(record, state))
      return { tasks: matching.slice(0, limit).map(taskSummary), total: matching.length }
    }
  )
  api.get(
    '/tasks/:key',
    operation('tasks', 'getTask', 'One task with its message in proto3 JSON and its report', {
      params: KeyParams,
      answers: { 200: TaskSchema },
      problems: [400, 404]
    }),
    request => taskView(findTask(module, request.params.key))
  )
  api.post(
    '/tasks/:key/cancel',
    operation('tasks', 'cancelTask', 'Cancel a running ask', {
      params: KeyParams,
      answers: { 200: CancelledSchema },
      problems: [400, 404]
    }),
    request => {
      const key = request.params.key as TaskKey
      module.cancelTask(key)
      return { key, cancelled: true as const }
    }
  )
}

function taskSummary(record: TaskRecord): Viewable<Static<typeof TaskSummarySchema>> {
  const { objectInfo, task } = record.task
  return {
    ...record,
    bucket: objectInfo?.bucketName ?? '',
    object: objectInfo?.objectName ?? '',
    objectId: objectInfo?.id ?? '0',
    payloadSize: objectInfo?.payloadSize ?? 0n,
    priority: task?.taskPriority ?? 0,
    info: taskInfoLine(record.task)
  }
}

const taskView = (record: TaskRecord): Viewable<Static<typeof TaskSchema>> => ({
  ...taskSummary(record),
  task: taskToJson(record.task),
  report: record.report && reportView(record.report)
})

function inState(record: TaskRecord, state: string): boolean {
  if (state === 'all') return true
  if (state === 'running') return record.state === 'asking'
  return state === 'finished' ? record.state !== 'asking' : record.state === state
}
