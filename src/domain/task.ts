/**
 * The replicate-piece approval task as this module works with it: the GfSp 0.0.1 message with
 * 64-bit integers as `bigint`, bytes as `Uint8Array` and names in camel case. A nested message that
 * is absent on the wire is `undefined`, one that is present but empty is an object: the sign bytes tell them apart.
 */
export interface ReplicatePieceApprovalTask {
  readonly task: TaskInfo | undefined
  readonly objectInfo: ObjectInfo | undefined
  readonly storageParams: StorageParams | undefined
  /** As spelled on the wire; `SpAddress` only after parsing. */
  readonly askSpOperatorAddress: string
  readonly askSignature: Uint8Array
  readonly approvedSpEndpoint: string
  readonly approvedSpOperatorAddress: string
  readonly approvedSignature: Uint8Array
  readonly approvedSpApprovalAddress: string
  /** 0 in an ask. */
  readonly expiredHeight: bigint
}

export interface TaskInfo {
  readonly address: string
  /** Unix seconds; the asker stamps it, and it serves as the nonce of the ask. */
  readonly createTime: bigint
  readonly updateTime: bigint
  /** Seconds. */
  readonly timeout: bigint
  readonly taskPriority: number
  readonly retry: bigint
  readonly maxRetry: bigint
  readonly userAddress: string
  readonly logs: string
  readonly err: TaskError | undefined
}

export interface TaskError {
  readonly codeSpace: string
  readonly httpStatusCode: number
  readonly innerCode: number
  readonly description: string
}

export interface ObjectInfo {
  readonly owner: string
  readonly creator: string
  readonly bucketName: string
  readonly objectName: string
  /** Canonical decimal of at most 256 bits. */
  readonly id: string
  readonly localVirtualGroupId: number
  /** Bytes. */
  readonly payloadSize: bigint
  readonly visibility: number
  readonly contentType: string
  readonly createAt: bigint
  readonly objectStatus: number
  readonly redundancyType: number
  readonly sourceType: number
  readonly checksums: readonly Uint8Array[]
  readonly tags: ResourceTags | undefined
  readonly isUpdating: boolean
  readonly updatedAt: bigint
  readonly updatedBy: string
  readonly version: bigint
}

export interface ResourceTags {
  readonly tags: readonly { readonly key: string; readonly value: string }[]
}

export interface VersionedParams {
  /** Bytes. */
  readonly maxSegmentSize: bigint
  readonly redundantDataChunkNum: number
  readonly redundantParityChunkNum: number
  readonly minChargeSize: bigint
}

export interface StorageParams {
  readonly versionedParams: VersionedParams
  readonly maxPayloadSize: bigint
  readonly bscMirrorBucketRelayerFee: string
  readonly bscMirrorBucketAckRelayerFee: string
  readonly bscMirrorObjectRelayerFee: string
  readonly bscMirrorObjectAckRelayerFee: string
  readonly bscMirrorGroupRelayerFee: string
  readonly bscMirrorGroupAckRelayerFee: string
  readonly maxBucketsPerAccount: number
  readonly discontinueCountingWindow: bigint
  readonly discontinueObjectMax: bigint
  readonly discontinueBucketMax: bigint
  readonly discontinueConfirmPeriod: bigint
  readonly discontinueDeletionMax: bigint
  readonly stalePolicyCleanupMax: bigint
  readonly minQuotaUpdateInterval: bigint
  readonly maxLocalVirtualGroupNumPerBucket: number
  readonly opMirrorBucketRelayerFee: string
  readonly opMirrorBucketAckRelayerFee: string
  readonly opMirrorObjectRelayerFee: string
  readonly opMirrorObjectAckRelayerFee: string
  readonly opMirrorGroupRelayerFee: string
  readonly opMirrorGroupAckRelayerFee: string
}

/** Numbers of `greenfield.storage.VisibilityType`, by the part of the proto name after `VISIBILITY_TYPE_`. */
export const VISIBILITY = { UNSPECIFIED: 0, PUBLIC_READ: 1, PRIVATE: 2, INHERIT: 3 } as const
/** Numbers of `greenfield.storage.ObjectStatus`. */
export const OBJECT_STATUS = { CREATED: 0, SEALED: 1, DISCONTINUED: 2 } as const
/** Numbers of `greenfield.storage.RedundancyType`. */
export const REDUNDANCY = { EC: 0, REPLICA: 1 } as const
/** Numbers of `greenfield.storage.SourceType`. */
export const SOURCE = { ORIGIN: 0, MIRROR_PENDING: 1, BSC_CROSS_CHAIN: 2, OP_CROSS_CHAIN: 3 } as const

/** Ping and pong of 0.0.1. */
export interface Ping {
  readonly spOperatorAddress: string
  readonly signature: Uint8Array
}

export interface Pong {
  readonly nodes: readonly PongNode[]
  readonly spOperatorAddress: string
  readonly signature: Uint8Array
}

export interface PongNode {
  readonly nodeId: string
  readonly multiAddr: readonly string[]
}
