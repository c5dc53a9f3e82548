import { type TaskRecord, taskInfoLine, taskToJson } from '../../../index.js'
import type { Static } from '../../../kit/http/schema-type.js'
import type { TaskSchema, TaskSummarySchema } from '../schemas/tasks.js'
import { reportView } from './ask-view.js'

export const taskSummary = (record: TaskRecord): Static<typeof TaskSummarySchema> => ({
  key: record.key,
  state: record.state,
  bucket: record.task.objectInfo?.bucketName ?? '',
  object: record.task.objectInfo?.objectName ?? '',
  objectId: record.task.objectInfo?.id ?? '0',
  payloadSize: (record.task.objectInfo?.payloadSize ?? 0n).toString(),
  priority: record.task.task?.taskPriority ?? 0,
  min: record.min,
  max: record.max,
  startedAt: record.startedAt,
  finishedAt: record.finishedAt ?? null,
  asked: record.asked,
  approved: record.approved,
  info: taskInfoLine(record.task)
})

export const taskView = (record: TaskRecord): Static<typeof TaskSchema> => ({
  ...taskSummary(record),
  task: { ...taskToJson(record.task) },
  report: record.report === undefined ? null : reportView(record.report)
})
