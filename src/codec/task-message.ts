/** Between the generated protobuf messages and our types: 64-bit integers are `Long` there and `bigint` here. */
import Long from 'long'
import type {
  ObjectInfo,
  ReplicatePieceApprovalTask,
  StorageParams,
  TaskInfo,
  VersionedParams
} from '../domain/task.js'
import type { base, greenfield } from './gen/gfsp.js'
import { bytesOf } from './reader.js'

type TaskMessage = base.types.gfsptask.GfSpReplicatePieceApprovalTask
type InfoMessage = base.types.gfsptask.GfSpTask
type ErrorMessage = base.types.gfsperrors.GfSpError
type ObjectMessage = greenfield.storage.ObjectInfo
type ParamsMessage = greenfield.storage.Params
type VersionedMessage = greenfield.storage.VersionedParams
type TagMessage = greenfield.storage.ResourceTags.Tag

const NO_TAG = { key: '', value: '' } as const

// Decoding makes instances whose prototypes hold the zero values; the generated types of nested ones are wider.
export function taskOf(m: TaskMessage): ReplicatePieceApprovalTask {
  return {
    task: m.task ? infoOf(m.task as InfoMessage) : undefined,
    objectInfo: m.objectInfo ? objectOf(m.objectInfo as ObjectMessage) : undefined,
    storageParams: m.storageParams ? paramsOf(m.storageParams as ParamsMessage) : undefined,
    askSpOperatorAddress: m.askSpOperatorAddress,
    askSignature: bytesOf(m.askSignature),
    approvedSpEndpoint: m.approvedSpEndpoint,
    approvedSpOperatorAddress: m.approvedSpOperatorAddress,
    approvedSignature: bytesOf(m.approvedSignature),
    approvedSpApprovalAddress: m.approvedSpApprovalAddress,
    expiredHeight: unsigned(m.expiredHeight)
  }
}

function infoOf(m: InfoMessage): TaskInfo {
  const err = m.err as ErrorMessage | null | undefined
  return {
    address: m.address,
    createTime: signed(m.createTime),
    updateTime: signed(m.updateTime),
    timeout: signed(m.timeout),
    taskPriority: m.taskPriority,
    retry: signed(m.retry),
    maxRetry: signed(m.maxRetry),
    userAddress: m.userAddress,
    logs: m.logs,
    err: err
      ? {
          codeSpace: err.codeSpace,
          httpStatusCode: err.httpStatusCode,
          innerCode: err.innerCode,
          description: err.description
        }
      : undefined
  }
}

function objectOf(m: ObjectMessage): ObjectInfo {
  return {
    owner: m.owner,
    creator: m.creator,
    bucketName: m.bucketName,
    objectName: m.objectName,
    id: m.id === '' ? '0' : m.id,
    localVirtualGroupId: m.localVirtualGroupId,
    payloadSize: unsigned(m.payloadSize),
    visibility: m.visibility,
    contentType: m.contentType,
    createAt: signed(m.createAt),
    objectStatus: m.objectStatus,
    redundancyType: m.redundancyType,
    sourceType: m.sourceType,
    checksums: m.checksums,
    tags: m.tags ? { tags: (m.tags.tags ?? []).map(tag => tagOf(tag as TagMessage)) } : undefined,
    isUpdating: m.isUpdating,
    updatedAt: signed(m.updatedAt),
    updatedBy: m.updatedBy,
    version: signed(m.version)
  }
}

const tagOf = ({ key, value }: TagMessage) => (key === '' && value === '' ? NO_TAG : { key, value })

function paramsOf(m: ParamsMessage): StorageParams {
  return {
    versionedParams: versionedOf(m.versionedParams as VersionedMessage | null | undefined),
    maxPayloadSize: unsigned(m.maxPayloadSize),
    bscMirrorBucketRelayerFee: m.bscMirrorBucketRelayerFee,
    bscMirrorBucketAckRelayerFee: m.bscMirrorBucketAckRelayerFee,
    bscMirrorObjectRelayerFee: m.bscMirrorObjectRelayerFee,
    bscMirrorObjectAckRelayerFee: m.bscMirrorObjectAckRelayerFee,
    bscMirrorGroupRelayerFee: m.bscMirrorGroupRelayerFee,
    bscMirrorGroupAckRelayerFee: m.bscMirrorGroupAckRelayerFee,
    maxBucketsPerAccount: m.maxBucketsPerAccount,
    discontinueCountingWindow: unsigned(m.discontinueCountingWindow),
    discontinueObjectMax: unsigned(m.discontinueObjectMax),
    discontinueBucketMax: unsigned(m.discontinueBucketMax),
    discontinueConfirmPeriod: signed(m.discontinueConfirmPeriod),
    discontinueDeletionMax: unsigned(m.discontinueDeletionMax),
    stalePolicyCleanupMax: unsigned(m.stalePolicyCleanupMax),
    minQuotaUpdateInterval: unsigned(m.minQuotaUpdateInterval),
    maxLocalVirtualGroupNumPerBucket: m.maxLocalVirtualGroupNumPerBucket,
    opMirrorBucketRelayerFee: m.opMirrorBucketRelayerFee,
    opMirrorBucketAckRelayerFee: m.opMirrorBucketAckRelayerFee,
    opMirrorObjectRelayerFee: m.opMirrorObjectRelayerFee,
    opMirrorObjectAckRelayerFee: m.opMirrorObjectAckRelayerFee,
    opMirrorGroupRelayerFee: m.opMirrorGroupRelayerFee,
    opMirrorGroupAckRelayerFee: m.opMirrorGroupAckRelayerFee
  }
}

const versionedOf = (m: VersionedMessage | null | undefined): VersionedParams => ({
  maxSegmentSize: m ? unsigned(m.maxSegmentSize) : 0n,
  redundantDataChunkNum: m ? m.redundantDataChunkNum : 0,
  redundantParityChunkNum: m ? m.redundantParityChunkNum : 0,
  minChargeSize: m ? unsigned(m.minChargeSize) : 0n
})

/** The properties protobufjs encodes; it leaves zero values out itself. `id` and `versioned_params` always stand. */
export function taskMessage(
  t: ReplicatePieceApprovalTask
): base.types.gfsptask.GfSpReplicatePieceApprovalTask.$Properties {
  const { task, objectInfo, storageParams } = t
  return {
    ...t,
    task:
      (task && {
        ...task,
        err: task.err ?? null,
        createTime: int64(task.createTime),
        updateTime: int64(task.updateTime),
        timeout: int64(task.timeout),
        retry: int64(task.retry),
        maxRetry: int64(task.maxRetry)
      }) ??
      null,
    objectInfo:
      (objectInfo && {
        ...objectInfo,
        id: objectInfo.id === '' ? '0' : objectInfo.id,
        payloadSize: uint64(objectInfo.payloadSize),
        createAt: int64(objectInfo.createAt),
        checksums: [...objectInfo.checksums],
        tags: objectInfo.tags ? { tags: [...objectInfo.tags.tags] } : null,
        updatedAt: int64(objectInfo.updatedAt),
        version: int64(objectInfo.version)
      }) ??
      null,
    storageParams:
      (storageParams && {
        ...storageParams,
        versionedParams: {
          ...storageParams.versionedParams,
          maxSegmentSize: uint64(storageParams.versionedParams.maxSegmentSize),
          minChargeSize: uint64(storageParams.versionedParams.minChargeSize)
        },
        maxPayloadSize: uint64(storageParams.maxPayloadSize),
        discontinueCountingWindow: uint64(storageParams.discontinueCountingWindow),
        discontinueObjectMax: uint64(storageParams.discontinueObjectMax),
        discontinueBucketMax: uint64(storageParams.discontinueBucketMax),
        discontinueConfirmPeriod: int64(storageParams.discontinueConfirmPeriod),
        discontinueDeletionMax: uint64(storageParams.discontinueDeletionMax),
        stalePolicyCleanupMax: uint64(storageParams.stalePolicyCleanupMax),
        minQuotaUpdateInterval: uint64(storageParams.minQuotaUpdateInterval)
      }) ??
      null,
    expiredHeight: uint64(t.expiredHeight)
  }
}

/** Up to here a `Long` fits a double exactly. */
const EXACT_HIGH = 1 << 20

const unsigned = ({ low, high }: Long): bigint =>
  high >>> 0 < EXACT_HIGH ? BigInt(high * 2 ** 32 + (low >>> 0)) : (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)

const signed = ({ low, high }: Long): bigint =>
  high >>> 0 < EXACT_HIGH ? BigInt(high * 2 ** 32 + (low >>> 0)) : (BigInt(high | 0) << 32n) | BigInt(low >>> 0)

const int64 = (value: bigint): Long => long(value, false)
const uint64 = (value: bigint): Long => long(value, true)

const long = (value: bigint, isUnsigned: boolean): Long =>
  value >= 0n && value <= 0x1f_ffff_ffff_ffffn
    ? Long.fromNumber(Number(value), isUnsigned)
    : Long.fromBits(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)), isUnsigned)
