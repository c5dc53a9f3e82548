/**
 * The 0.0.1 messages as data, for what walks them field by field: the structural scan before decoding and proto3 JSON.
 * Same content as proto/; a test compares the two.
 */
import { MAX_CHECKSUMS, MAX_NODE_ADDRESSES, MAX_PONG_NODES, MAX_TAGS } from '../constants.js'

export type ScalarKind = 'string' | 'id' | 'bytes' | 'bool' | 'int32' | 'uint32' | 'int64' | 'uint64'

interface FieldBase {
  readonly number: number
  /** Name in the .proto file and in JSON. */
  readonly name: string
  /** Name in our types. */
  readonly key: string
  /** Most elements of a repeated field; singular without it. */
  readonly cap?: number
}

export type Field =
  | (FieldBase & { readonly kind: ScalarKind })
  | (FieldBase & { readonly kind: 'enum'; readonly values: readonly string[] })
  | (FieldBase & { readonly kind: 'message'; readonly of: MessageSchema; readonly always?: boolean })

export interface MessageSchema {
  /** Full name, as in the .proto file. */
  readonly name: string
  /** By field number; index 0 is empty. */
  readonly fields: readonly (Field | undefined)[]
}

const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

type Entry = readonly [number: number, name: string, kind: ScalarKind, cap?: number] | Field

function message(name: string, entries: readonly Entry[]): MessageSchema {
  const fields: (Field | undefined)[] = [undefined]
  for (const entry of entries) {
    const field: Field = 'kind' in entry ? entry : scalar(entry)
    fields[field.number] = field
  }
  return { name, fields }
}

function scalar([number, name, kind, cap]: Exclude<Entry, Field>): Field {
  const field = { number, name, key: camel(name), kind }
  return cap === undefined ? field : { ...field, cap }
}

const nested = (
  number: number,
  name: string,
  of: MessageSchema,
  options: { cap?: number; always?: boolean } = {}
): Field => ({
  number,
  name,
  key: camel(name),
  kind: 'message',
  of,
  ...options
})

const enumeration = (number: number, name: string, values: readonly string[]): Field => ({
  number,
  name,
  key: camel(name),
  kind: 'enum',
  values
})

export const PING = message('base.types.gfspp2p.GfSpPing', [
  [1, 'sp_operator_address', 'string'],
  [2, 'signature', 'bytes']
])

const NODE = message('base.types.gfspp2p.GfSpNode', [
  [1, 'node_id', 'string'],
  [2, 'multi_addr', 'string', MAX_NODE_ADDRESSES]
])

export const PONG = message('base.types.gfspp2p.GfSpPong', [
  nested(1, 'nodes', NODE, { cap: MAX_PONG_NODES }),
  [2, 'sp_operator_address', 'string'],
  [3, 'signature', 'bytes']
])

const ERROR = message('base.types.gfsperrors.GfSpError', [
  [1, 'code_space', 'string'],
  [2, 'http_status_code', 'int32'],
  [3, 'inner_code', 'int32'],
  [4, 'description', 'string']
])

const TASK_INFO = message('base.types.gfsptask.GfSpTask', [
  [1, 'address', 'string'],
  [2, 'create_time', 'int64'],
  [3, 'update_time', 'int64'],
  [4, 'timeout', 'int64'],
  [5, 'task_priority', 'int32'],
  [6, 'retry', 'int64'],
  [7, 'max_retry', 'int64'],
  [8, 'user_address', 'string'],
  [9, 'logs', 'string'],
  nested(10, 'err', ERROR)
])

const TAG = message('greenfield.storage.ResourceTags.Tag', [
  [1, 'key', 'string'],
  [2, 'value', 'string']
])

const TAGS = message('greenfield.storage.ResourceTags', [nested(1, 'tags', TAG, { cap: MAX_TAGS })])

const OBJECT_INFO = message('greenfield.storage.ObjectInfo', [
  [1, 'owner', 'string'],
  [2, 'creator', 'string'],
  [3, 'bucket_name', 'string'],
  [4, 'object_name', 'string'],
  [5, 'id', 'id'],
  [6, 'local_virtual_group_id', 'uint32'],
  [7, 'payload_size', 'uint64'],
  enumeration(8, 'visibility', [
    'VISIBILITY_TYPE_UNSPECIFIED',
    'VISIBILITY_TYPE_PUBLIC_READ',
    'VISIBILITY_TYPE_PRIVATE',
    'VISIBILITY_TYPE_INHERIT'
  ]),
  [9, 'content_type', 'string'],
  [10, 'create_at', 'int64'],
  enumeration(11, 'object_status', ['OBJECT_STATUS_CREATED', 'OBJECT_STATUS_SEALED', 'OBJECT_STATUS_DISCONTINUED']),
  enumeration(12, 'redundancy_type', ['REDUNDANCY_EC_TYPE', 'REDUNDANCY_REPLICA_TYPE']),
  enumeration(13, 'source_type', [
    'SOURCE_TYPE_ORIGIN',
    'SOURCE_TYPE_MIRROR_PENDING',
    'SOURCE_TYPE_BSC_CROSS_CHAIN',
    'SOURCE_TYPE_OP_CROSS_CHAIN'
  ]),
  [14, 'checksums', 'bytes', MAX_CHECKSUMS],
  nested(15, 'tags', TAGS),
  [16, 'is_updating', 'bool'],
  [17, 'updated_at', 'int64'],
  [18, 'updated_by', 'string'],
  [19, 'version', 'int64']
])

const VERSIONED_PARAMS = message('greenfield.storage.VersionedParams', [
  [1, 'max_segment_size', 'uint64'],
  [2, 'redundant_data_chunk_num', 'uint32'],
  [3, 'redundant_parity_chunk_num', 'uint32'],
  [4, 'min_charge_size', 'uint64']
])

const PARAMS = message('greenfield.storage.Params', [
  nested(1, 'versioned_params', VERSIONED_PARAMS, { always: true }),
  [2, 'max_payload_size', 'uint64'],
  [3, 'bsc_mirror_bucket_relayer_fee', 'string'],
  [4, 'bsc_mirror_bucket_ack_relayer_fee', 'string'],
  [5, 'bsc_mirror_object_relayer_fee', 'string'],
  [6, 'bsc_mirror_object_ack_relayer_fee', 'string'],
  [7, 'bsc_mirror_group_relayer_fee', 'string'],
  [8, 'bsc_mirror_group_ack_relayer_fee', 'string'],
  [9, 'max_buckets_per_account', 'uint32'],
  [10, 'discontinue_counting_window', 'uint64'],
  [11, 'discontinue_object_max', 'uint64'],
  [12, 'discontinue_bucket_max', 'uint64'],
  [13, 'discontinue_confirm_period', 'int64'],
  [14, 'discontinue_deletion_max', 'uint64'],
  [15, 'stale_policy_cleanup_max', 'uint64'],
  [16, 'min_quota_update_interval', 'uint64'],
  [17, 'max_local_virtual_group_num_per_bucket', 'uint32'],
  [18, 'op_mirror_bucket_relayer_fee', 'string'],
  [19, 'op_mirror_bucket_ack_relayer_fee', 'string'],
  [20, 'op_mirror_object_relayer_fee', 'string'],
  [21, 'op_mirror_object_ack_relayer_fee', 'string'],
  [22, 'op_mirror_group_relayer_fee', 'string'],
  [23, 'op_mirror_group_ack_relayer_fee', 'string']
])

export const TASK = message('base.types.gfsptask.GfSpReplicatePieceApprovalTask', [
  nested(1, 'task', TASK_INFO),
  nested(2, 'object_info', OBJECT_INFO),
  nested(3, 'storage_params', PARAMS),
  [4, 'ask_sp_operator_address', 'string'],
  [5, 'ask_signature', 'bytes'],
  [6, 'approved_sp_endpoint', 'string'],
  [7, 'approved_sp_operator_address', 'string'],
  [8, 'approved_signature', 'bytes'],
  [9, 'approved_sp_approval_address', 'string'],
  [10, 'expired_height', 'uint64']
])
