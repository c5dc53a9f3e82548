import { MAX_DATA_CHUNKS, MIN_DATA_CHUNKS } from '../../constants.js'
import type { AskOptions } from '../../contract.js'
import type { SpAddress } from '../../domain/brands.js'
import { isCanonicalId, isSafeForGo } from '../../domain/object-id.js'
import type { ReplicatePieceApprovalTask } from '../../domain/task.js'
import { EMPTY_TASK, EMPTY_TASK_INFO } from '../../domain/task-defaults.js'
import { taskKey } from '../../domain/task-key.js'
import { BadTaskError, InvalidArgumentError, TaskMissingError } from '../../errors.js'
import type { Ask } from '../wire.js'

const MAX_TIMEOUT_MS = 3_600_000

/** Checks the call: 1 ≤ min ≤ max, a timeout, a task that can be asked for. @throws InvalidArgumentError, BadTaskError */
export function checkCall(task: ReplicatePieceApprovalTask | undefined, { min, max, timeoutMs }: AskOptions): void {
  if (task === undefined || task === null) throw new TaskMissingError()
  if (!Number.isSafeInteger(min) || min < 1) throw new InvalidArgumentError('min', 'a whole number ≥ 1', min)
  if (!Number.isSafeInteger(max) || max < min)
    throw new InvalidArgumentError('max', `a whole number ≥ min (${min})`, max)
  if (!Number.isFinite(timeoutMs) || timeoutMs <= 0 || timeoutMs > MAX_TIMEOUT_MS) {
    throw new InvalidArgumentError('timeoutMs', `more than 0 and at most ${MAX_TIMEOUT_MS} ms`, timeoutMs)
  }
  checkTask(task)
}

/** @throws BadTaskError naming the field */
export function checkTask(task: ReplicatePieceApprovalTask): void {
  const { objectInfo, storageParams } = task
  if (objectInfo === undefined) throw new BadTaskError('object_info: expected the object, got none')
  if (objectInfo.bucketName === '') throw new BadTaskError('object_info.bucket_name: expected a name, got none')
  if (objectInfo.objectName === '') throw new BadTaskError('object_info.object_name: expected a name, got none')
  if (!isCanonicalId(objectInfo.id)) {
    throw new BadTaskError(
      `object_info.id: expected a decimal of at most 256 bits, got ${JSON.stringify(objectInfo.id)}`
    )
  }
  if (!isSafeForGo(objectInfo.id)) {
    throw new BadTaskError(`object_info.id: expected an id below 2^64 on the 0.0.1 wire, got ${objectInfo.id}`)
  }
  if (storageParams === undefined) throw new BadTaskError('storage_params: expected the parameters, got none')
  const chunks = storageParams.versionedParams.redundantDataChunkNum
  if (chunks < MIN_DATA_CHUNKS || chunks > MAX_DATA_CHUNKS) {
    const expected = `${MIN_DATA_CHUNKS} to ${MAX_DATA_CHUNKS}`
    throw new BadTaskError(
      `storage_params.versioned_params.redundant_data_chunk_num: expected ${expected}, got ${chunks}`
    )
  }
}

/** The ask as every wire gets it: our address and the create time over whatever stood there, no approver's fields. */
export function completeAsk(task: ReplicatePieceApprovalTask, asker: SpAddress, createTime: bigint): Ask {
  return {
    key: taskKey(task.objectInfo),
    task: {
      ...EMPTY_TASK,
      task: { ...(task.task ?? EMPTY_TASK_INFO), createTime },
      objectInfo: task.objectInfo,
      storageParams: task.storageParams,
      askSpOperatorAddress: asker
    }
  }
}
