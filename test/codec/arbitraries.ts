/** Messages of every kind for properties. */
import fc from 'fast-check'
import type {
  ObjectInfo,
  Ping,
  Pong,
  ReplicatePieceApprovalTask,
  StorageParams,
  TaskInfo
} from '../../src/domain/task.js'

/** Objects as our code makes them, with a prototype. */
const record = <T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(fields, { noNullPrototype: true }) as fc.Arbitrary<T>

/** Any text that has a UTF-8 form, often with what JSON escapes. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({
    unit: fc.constantFrom(
      '\b',
      '\f',
      '\n',
      '"',
      '\\',
      '<',
      '>',
      '&',
      '\u2028',
      '\u2029',
      '\u007f',
      '\ufeff',
      'u0008',
      '😀',
      'a'
    ),
    maxLength: 12
  }),
  fc.constant('')
)
const bytes = fc.uint8Array({ maxLength: 80 })
const int32 = fc.oneof(fc.integer(), fc.constantFrom(0, 1, -1, 2 ** 31 - 1, -(2 ** 31)))
const uint32 = fc.oneof(fc.nat(), fc.constantFrom(0, 2 ** 31, 2 ** 32 - 1))
const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, 1n, -1n, 2n ** 32n, 2n ** 53n, 2n ** 53n - 1n, -(2n ** 63n), 2n ** 63n - 1n)
)
const uint64 = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom(0n, 1n, 2n ** 32n - 1n, 2n ** 52n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n)
)
const id = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }).map(String),
  fc.constantFrom('0', '18446744073709551616')
)
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined })

const info: fc.Arbitrary<TaskInfo> = record({
  address: text,
  createTime: int64,
  updateTime: int64,
  timeout: int64,
  taskPriority: int32,
  retry: int64,
  maxRetry: int64,
  userAddress: text,
  logs: text,
  err: optional(record({ codeSpace: text, httpStatusCode: int32, innerCode: int32, description: text }))
})

const object: fc.Arbitrary<ObjectInfo> = record({
  owner: text,
  creator: text,
  bucketName: text,
  objectName: text,
  id,
  localVirtualGroupId: uint32,
  payloadSize: uint64,
  visibility: int32,
  contentType: text,
  createAt: int64,
  objectStatus: int32,
  redundancyType: int32,
  sourceType: int32,
  checksums: fc.array(bytes, { maxLength: 7 }),
  tags: optional(record({ tags: fc.array(record({ key: text, value: text }), { maxLength: 4 }) })),
  isUpdating: fc.boolean(),
  updatedAt: int64,
  updatedBy: text,
  version: int64
})

const params: fc.Arbitrary<StorageParams> = record({
  versionedParams: record({
    maxSegmentSize: uint64,
    redundantDataChunkNum: uint32,
    redundantParityChunkNum: uint32,
    minChargeSize: uint64
  }),
  maxPayloadSize: uint64,
  bscMirrorBucketRelayerFee: text,
  bscMirrorBucketAckRelayerFee: text,
  bscMirrorObjectRelayerFee: text,
  bscMirrorObjectAckRelayerFee: text,
  bscMirrorGroupRelayerFee: text,
  bscMirrorGroupAckRelayerFee: text,
  maxBucketsPerAccount: uint32,
  discontinueCountingWindow: uint64,
  discontinueObjectMax: uint64,
  discontinueBucketMax: uint64,
  discontinueConfirmPeriod: int64,
  discontinueDeletionMax: uint64,
  stalePolicyCleanupMax: uint64,
  minQuotaUpdateInterval: uint64,
  maxLocalVirtualGroupNumPerBucket: uint32,
  opMirrorBucketRelayerFee: text,
  opMirrorBucketAckRelayerFee: text,
  opMirrorObjectRelayerFee: text,
  opMirrorObjectAckRelayerFee: text,
  opMirrorGroupRelayerFee: text,
  opMirrorGroupAckRelayerFee: text
})

/** A task that names an object. */
export const task: fc.Arbitrary<ReplicatePieceApprovalTask> = record({
  task: optional(info),
  objectInfo: object,
  storageParams: optional(params),
  askSpOperatorAddress: text,
  askSignature: bytes,
  approvedSpEndpoint: text,
  approvedSpOperatorAddress: text,
  approvedSignature: bytes,
  approvedSpApprovalAddress: text,
  expiredHeight: uint64
})

export const ping: fc.Arbitrary<Ping> = record({ spOperatorAddress: text, signature: bytes })

export const pong: fc.Arbitrary<Pong> = record({
  nodes: fc.array(record({ nodeId: text, multiAddr: fc.array(text, { maxLength: 4 }) }), { maxLength: 5 }),
  spOperatorAddress: text,
  signature: bytes
})
