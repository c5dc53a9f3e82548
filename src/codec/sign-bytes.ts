/**
 * What a 0.0.1 signature signs: amino JSON with sorted keys, empty fields left out. The keys below stand in sorted
 * order, so nothing is sorted at run time. 64-bit integers are strings, 32-bit integers and enums numbers.
 */
import type { ObjectInfo, Ping, Pong, ReplicatePieceApprovalTask, StorageParams } from '../domain/task.js'
import { goBytes, goString, type Spelling } from './go-json.js'

export type { Spelling }

export interface TaskSignOptions {
  /** The height to sign; default the task's own. */
  readonly expiredHeight?: bigint
  readonly spelling?: Spelling
}

/** Neither SP, no chain, no peer: a task signs its object, its parameters, its create time and its height. */
export function taskSignBytes(t: ReplicatePieceApprovalTask, options: TaskSignOptions = {}): Uint8Array {
  const { expiredHeight = t.expiredHeight, spelling = 'long' } = options
  return Buffer.from(taskHead(expiredHeight) + taskTail(t, spelling), 'utf8')
}

const taskHead = (expiredHeight: bigint): string =>
  `{"type":"p2p/ReplicatePieceApprovalTask","value":{${expiredHeight === 0n ? '' : `"expired_height":"${expiredHeight}",`}`

/** Everything after the height. */
function taskTail({ task, objectInfo, storageParams }: ReplicatePieceApprovalTask, spelling: Spelling): string {
  const createTime = task?.createTime ?? 0n
  return (
    (objectInfo === undefined ? '' : `"object_info":${objectText(objectInfo, spelling)},`) +
    (storageParams === undefined ? '' : `"storage_params":${paramsText(storageParams, spelling)},`) +
    (createTime === 0n ? '"task":{}}}' : `"task":{"create_time":"${createTime}"}}}`)
  )
}

export function pingSignBytes(ping: Ping, spelling: Spelling = 'long'): Uint8Array {
  const fields = new Fields(spelling)
  fields.string('sp_operator_address', ping.spOperatorAddress)
  return Buffer.from(`{"type":"p2p/Ping","value":${fields.end()}}`, 'utf8')
}

export function pongSignBytes(pong: Pong, spelling: Spelling = 'long'): Uint8Array {
  const fields = new Fields(spelling)
  fields.list('nodes', pong.nodes, ({ nodeId, multiAddr }) => {
    const node = new Fields(spelling)
    node.list('multi_addr', multiAddr, address => goString(address, spelling))
    node.string('node_id', nodeId)
    return node.end()
  })
  fields.string('sp_operator_address', pong.spOperatorAddress)
  return Buffer.from(`{"type":"p2p/Pong","value":${fields.end()}}`, 'utf8')
}

function objectText(o: ObjectInfo, spelling: Spelling): string {
  const fields = new Fields(spelling)
  fields.string('bucket_name', o.bucketName)
  fields.list('checksums', o.checksums, goBytes)
  fields.string('content_type', o.contentType)
  fields.wide('create_at', o.createAt)
  fields.string('creator', o.creator)
  fields.raw('id', `"${o.id === '' ? '0' : o.id}"`)
  if (o.isUpdating) fields.raw('is_updating', 'true')
  fields.number('local_virtual_group_id', o.localVirtualGroupId)
  fields.string('object_name', o.objectName)
  fields.number('object_status', o.objectStatus)
  fields.string('owner', o.owner)
  fields.wide('payload_size', o.payloadSize)
  fields.number('redundancy_type', o.redundancyType)
  fields.number('source_type', o.sourceType)
  if (o.tags !== undefined) fields.raw('tags', tagsText(o.tags.tags, spelling))
  fields.wide('updated_at', o.updatedAt)
  fields.string('updated_by', o.updatedBy)
  fields.wide('version', o.version)
  fields.number('visibility', o.visibility)
  return fields.end()
}

function tagsText(tags: readonly { readonly key: string; readonly value: string }[], spelling: Spelling): string {
  if (tags.length === 0) return '{"tags":null}'
  const fields = new Fields(spelling)
  fields.list('tags', tags, ({ key, value }) => {
    const tag = new Fields(spelling)
    tag.string('key', key)
    tag.string('value', value)
    return tag.end()
  })
  return fields.end()
}

function paramsText(p: StorageParams, spelling: Spelling): string {
  const fields = new Fields(spelling)
  fields.string('bsc_mirror_bucket_ack_relayer_fee', p.bscMirrorBucketAckRelayerFee)
  fields.string('bsc_mirror_bucket_relayer_fee', p.bscMirrorBucketRelayerFee)
  fields.string('bsc_mirror_group_ack_relayer_fee', p.bscMirrorGroupAckRelayerFee)
  fields.string('bsc_mirror_group_relayer_fee', p.bscMirrorGroupRelayerFee)
  fields.string('bsc_mirror_object_ack_relayer_fee', p.bscMirrorObjectAckRelayerFee)
  fields.string('bsc_mirror_object_relayer_fee', p.bscMirrorObjectRelayerFee)
  fields.wide('discontinue_bucket_max', p.discontinueBucketMax)
  fields.wide('discontinue_confirm_period', p.discontinueConfirmPeriod)
  fields.wide('discontinue_counting_window', p.discontinueCountingWindow)
  fields.wide('discontinue_deletion_max', p.discontinueDeletionMax)
  fields.wide('discontinue_object_max', p.discontinueObjectMax)
  fields.number('max_buckets_per_account', p.maxBucketsPerAccount)
  fields.number('max_local_virtual_group_num_per_bucket', p.maxLocalVirtualGroupNumPerBucket)
  fields.wide('max_payload_size', p.maxPayloadSize)
  fields.wide('min_quota_update_interval', p.minQuotaUpdateInterval)
  fields.string('op_mirror_bucket_ack_relayer_fee', p.opMirrorBucketAckRelayerFee)
  fields.string('op_mirror_bucket_relayer_fee', p.opMirrorBucketRelayerFee)
  fields.string('op_mirror_group_ack_relayer_fee', p.opMirrorGroupAckRelayerFee)
  fields.string('op_mirror_group_relayer_fee', p.opMirrorGroupRelayerFee)
  fields.string('op_mirror_object_ack_relayer_fee', p.opMirrorObjectAckRelayerFee)
  fields.string('op_mirror_object_relayer_fee', p.opMirrorObjectRelayerFee)
  fields.wide('stale_policy_cleanup_max', p.stalePolicyCleanupMax)
  const versioned = new Fields(spelling)
  versioned.wide('max_segment_size', p.versionedParams.maxSegmentSize)
  versioned.wide('min_charge_size', p.versionedParams.minChargeSize)
  versioned.number('redundant_data_chunk_num', p.versionedParams.redundantDataChunkNum)
  versioned.number('redundant_parity_chunk_num', p.versionedParams.redundantParityChunkNum)
  fields.raw('versioned_params', versioned.end())
  return fields.end()
}

/** The fields of one JSON object, in the order in which they are given; zero values leave no trace. */
class Fields {
  private text = '{'

  constructor(private readonly spelling: Spelling) {}

  string(name: string, value: string): void {
    if (value !== '') this.raw(name, goString(value, this.spelling))
  }

  number(name: string, value: number): void {
    if (value !== 0) this.raw(name, `${value}`)
  }

  wide(name: string, value: bigint): void {
    if (value !== 0n) this.raw(name, `"${value}"`)
  }

  list<T>(name: string, values: readonly T[], text: (value: T) => string): void {
    if (values.length > 0) this.raw(name, `[${values.map(text).join(',')}]`)
  }

  raw(name: string, text: string): void {
    this.text += this.text.length === 1 ? `"${name}":${text}` : `,"${name}":${text}`
  }

  end(): string {
    return `${this.text}}`
  }
}

/** Whether the text holds U+0008 or U+000C, in either spelling: then a verifier tries both. */
export function hasTwoSpellings(signBytes: Uint8Array): boolean {
  const text = Buffer.from(signBytes.buffer, signBytes.byteOffset, signBytes.byteLength)
  for (let at = text.indexOf('\\'); at >= 0; at = text.indexOf('\\', at)) {
    const sequence = text.toString('latin1', at + 1, at + 6)
    if (/^(u0008|u000c|b|f)/.test(sequence)) return true
    at += 2
  }
  return false
}
