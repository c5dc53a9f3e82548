import type { Height } from './brands.js'
import { expiredHeight as heightAfter } from './expiry.js'
import { isCanonicalId, isSafeForGo } from './object-id.js'
import { type Denial, errorDenial } from './refusal.js'
import type { SpEntry } from './registry.js'
import { REDUNDANCY, type ReplicatePieceApprovalTask } from './task.js'

/** Limits of the wire that an ask must keep; see constants.ts. */
export interface AskRules {
  readonly freshSeconds: number
  readonly minDataChunks: number
  readonly maxDataChunks: number
}

const bad = (reason: string): Denial => errorDenial('BAD_TASK', 'task', reason)

/** The task as an ask: complete, and without any field of an approver. `undefined`: it is in order. */
export function checkAskShape(task: ReplicatePieceApprovalTask, rules: AskRules): Denial | undefined {
  const { objectInfo, storageParams } = task
  if (objectInfo === undefined) return bad('object_info: expected the object, got none')
  if (objectInfo.bucketName === '') return bad('object_info.bucket_name: expected a name, got none')
  if (objectInfo.objectName === '') return bad('object_info.object_name: expected a name, got none')
  if (objectInfo.id !== '' && !isCanonicalId(objectInfo.id)) {
    return bad('object_info.id: expected a canonical decimal of at most 256 bits')
  }
  if (!isSafeForGo(objectInfo.id)) return bad('object_info.id: expected an id below 2^64 on the 0.0.1 wire')
  if (objectInfo.redundancyType !== REDUNDANCY.EC && objectInfo.redundancyType !== REDUNDANCY.REPLICA) {
    return bad(`object_info.redundancy_type: expected EC or REPLICA, got ${objectInfo.redundancyType}`)
  }
  if (storageParams === undefined) return bad('storage_params: expected the parameters, got none')
  const chunks = storageParams.versionedParams.redundantDataChunkNum
  if (chunks < rules.minDataChunks || chunks > rules.maxDataChunks) {
    return bad(`redundant_data_chunk_num: expected ${rules.minDataChunks} to ${rules.maxDataChunks}, got ${chunks}`)
  }
  if (task.expiredHeight !== 0n) return bad(`expired_height: expected 0 in an ask, got ${task.expiredHeight}`)
  const answered =
    task.approvedSpEndpoint !== '' ||
    task.approvedSpOperatorAddress !== '' ||
    task.approvedSpApprovalAddress !== '' ||
    task.approvedSignature.length > 0
  return answered ? bad('approved fields: expected none in an ask') : undefined
}

/** @param now Unix seconds of our clock */
export function checkFreshness(createTime: bigint, now: bigint, { freshSeconds }: AskRules): Denial | undefined {
  const ahead = createTime - now
  const distance = ahead < 0n ? -ahead : ahead
  if (distance <= BigInt(freshSeconds)) return undefined
  const reason = `create_time is ${distance} s ${ahead < 0n ? 'behind' : 'ahead of'} our clock, ${freshSeconds} s are allowed: compare both clocks`
  return errorDenial('EXPIRED', 'freshness', reason)
}

/** The chunk number is the asker's claim; where the chain's is known, it must be that one. */
export function checkDataChunks(task: ReplicatePieceApprovalTask, { dataChunks }: SpEntry): Denial | undefined {
  const claimed = task.storageParams?.versionedParams.redundantDataChunkNum
  return dataChunks === undefined || dataChunks === claimed
    ? undefined
    : bad(`redundant_data_chunk_num: the chain prescribes ${dataChunks}, got ${claimed}`)
}

/** Blocks a promise lives: configured ones, and more where the object's size needs it. */
export interface GrantLife {
  readonly lifeBlocks: bigint
  readonly maxLifeBlocks: bigint
}

/** The height until which we promise, or why that would be too long. */
export function grantHeight(
  task: ReplicatePieceApprovalTask,
  now: Height,
  { lifeBlocks, maxLifeBlocks }: GrantLife
): { readonly ok: true; readonly until: Height } | { readonly ok: false; readonly denial: Denial } {
  const chunks = task.storageParams?.versionedParams.redundantDataChunkNum ?? 0
  const until = heightAfter(now, task.objectInfo?.payloadSize ?? 0n, chunks, lifeBlocks)
  if (until === undefined) return { ok: false, denial: bad(`no height can be computed for ${chunks} data chunks`) }
  const life = until - now
  if (life <= maxLifeBlocks) return { ok: true, until }
  const reason = `life: ${life} blocks needed, ${maxLifeBlocks} allowed`
  return { ok: false, denial: { outcome: 'refused', code: 'TOO_LARGE', rule: 'life', reason } }
}
