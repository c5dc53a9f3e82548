import {
  type ObjectInfo,
  type ReplicatePieceApprovalTask,
  type StorageParams,
  type TaskInfo,
  type VersionedParams,
  ZERO
} from './task.js'

export const EMPTY_TASK: ReplicatePieceApprovalTask = ZERO.ReplicatePieceApprovalTask
export const EMPTY_TASK_INFO: TaskInfo = ZERO.TaskInfo
export const EMPTY_OBJECT_INFO: ObjectInfo = ZERO.ObjectInfo
export const EMPTY_STORAGE_PARAMS: StorageParams = ZERO.StorageParams

/** What Greenfield's mainnet uses: 16 MiB segments, 4 data and 2 parity chunks. */
export const DEFAULT_VERSIONED_PARAMS: VersionedParams = {
  maxSegmentSize: 16n << 20n,
  redundantDataChunkNum: 4,
  redundantParityChunkNum: 2,
  minChargeSize: 1n << 20n
}

export const completeObjectInfo = (partial: Partial<ObjectInfo>): ObjectInfo => ({ ...EMPTY_OBJECT_INFO, ...partial })

export const completeStorageParams = (partial: Partial<StorageParams> = {}): StorageParams => ({
  ...EMPTY_STORAGE_PARAMS,
  versionedParams: DEFAULT_VERSIONED_PARAMS,
  ...partial
})
