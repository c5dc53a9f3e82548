import { type TaskRecord, taskInfoLine, taskToJson } from '../../../index.js'
import type { Static } from '../../../kit/http/schema-type.js'
import type { Viewable } from '../../../kit/http/view.js'
import type { TaskSchema, TaskSummarySchema } from '../schemas/tasks.js'
import { reportView } from './ask-view.js'

export function taskSummary(record: TaskRecord): Viewable<Static<typeof TaskSummarySchema>> {
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

export const taskView = (record: TaskRecord): Viewable<Static<typeof TaskSchema>> => ({
  ...taskSummary(record),
  task: taskToJson(record.task),
  report: record.report && reportView(record.report)
})
