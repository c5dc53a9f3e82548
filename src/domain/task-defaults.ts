import type { ObjectInfo, ReplicatePieceApprovalTask, StorageParams, TaskInfo, VersionedParams } from './task.js'

/** The zero values of proto3. */
const EMPTY_BYTES = new Uint8Array(0)

export const EMPTY_TASK_INFO: TaskInfo = {
  address: '',
  createTime: 0n,
  updateTime: 0n,
  timeout: 0n,
  taskPriority: 0,
  retry: 0n,
  maxRetry: 0n,
  userAddress: '',
  logs: '',
  err: undefined
}

export const EMPTY_OBJECT_INFO: ObjectInfo = {
  owner: '',
  creator: '',
  bucketName: '',
  objectName: '',
  id: '0',
  localVirtualGroupId: 0,
  payloadSize: 0n,
  visibility: 0,
  contentType: '',
  createAt: 0n,
  objectStatus: 0,
  redundancyType: 0,
  sourceType: 0,
  checksums: [],
  tags: undefined,
  isUpdating: false,
  updatedAt: 0n,
  updatedBy: '',
  version: 0n
}

export const EMPTY_VERSIONED_PARAMS: VersionedParams = {
  maxSegmentSize: 0n,
  redundantDataChunkNum: 0,
  redundantParityChunkNum: 0,
  minChargeSize: 0n
}

export const EMPTY_STORAGE_PARAMS: StorageParams = {
  versionedParams: EMPTY_VERSIONED_PARAMS,
  maxPayloadSize: 0n,
  bscMirrorBucketRelayerFee: '',
  bscMirrorBucketAckRelayerFee: '',
  bscMirrorObjectRelayerFee: '',
  bscMirrorObjectAckRelayerFee: '',
  bscMirrorGroupRelayerFee: '',
  bscMirrorGroupAckRelayerFee: '',
  maxBucketsPerAccount: 0,
  discontinueCountingWindow: 0n,
  discontinueObjectMax: 0n,
  discontinueBucketMax: 0n,
  discontinueConfirmPeriod: 0n,
  discontinueDeletionMax: 0n,
  stalePolicyCleanupMax: 0n,
  minQuotaUpdateInterval: 0n,
  maxLocalVirtualGroupNumPerBucket: 0,
  opMirrorBucketRelayerFee: '',
  opMirrorBucketAckRelayerFee: '',
  opMirrorObjectRelayerFee: '',
  opMirrorObjectAckRelayerFee: '',
  opMirrorGroupRelayerFee: '',
  opMirrorGroupAckRelayerFee: ''
}

/** The message without a single field set. */
export const EMPTY_TASK: ReplicatePieceApprovalTask = {
  task: undefined,
  objectInfo: undefined,
  storageParams: undefined,
  askSpOperatorAddress: '',
  askSignature: EMPTY_BYTES,
  approvedSpEndpoint: '',
  approvedSpOperatorAddress: '',
  approvedSignature: EMPTY_BYTES,
  approvedSpApprovalAddress: '',
  expiredHeight: 0n
}

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
