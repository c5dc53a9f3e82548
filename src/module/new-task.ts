import { checkTaskFields } from '../codec/field-check.js'
import type { NewObject } from '../contract.js'
import type { SpAddress } from '../domain/brands.js'
import type { ReplicatePieceApprovalTask, StorageParams } from '../domain/task.js'
import { completeObjectInfo, completeStorageParams, EMPTY_TASK, EMPTY_TASK_INFO } from '../domain/task-defaults.js'
import { checkTask } from '../protocols/asking/ask-request.js'

export interface NewTaskOptions {
  readonly priority?: number
  readonly userAddress?: string
}

/** A complete task of this SP for an object. @throws BadTaskError */
export function newTask(
  asker: SpAddress,
  objectInfo: NewObject,
  storageParams: Partial<StorageParams> | undefined,
  { priority = 0, userAddress = '' }: NewTaskOptions = {}
): ReplicatePieceApprovalTask {
  const task: ReplicatePieceApprovalTask = {
    ...EMPTY_TASK,
    task: { ...EMPTY_TASK_INFO, taskPriority: priority, userAddress },
    // A size that was left out is an error, not an object of zero bytes.
    objectInfo: objectInfo && { ...completeObjectInfo(objectInfo), payloadSize: objectInfo.payloadSize },
    storageParams: completeStorageParams(storageParams),
    askSpOperatorAddress: asker
  }
  checkTaskFields(task)
  checkTask(task)
  return task
}
