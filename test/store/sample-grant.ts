import { hash } from 'node:crypto'
import type { Height, SpAddress, TaskKey } from '../../src/domain/brands.js'
import { type Grant, grantKey } from '../../src/domain/grant.js'

export const ASKER = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8' as SpAddress

/** A grant with its own bytes for each number. */
export function sampleGrant(number: number | string, changes: Partial<Grant> = {}): Grant {
  const objectId = changes.objectId ?? `${number}`
  const asker = changes.asker ?? ASKER
  return {
    key: grantKey(asker, objectId),
    asker,
    objectId,
    taskKey: `ReplicatePieceApproval-bucket:b-object:o-id:${objectId}` as TaskKey,
    wire: '0.0.1',
    nonce: 1_800_000_000n,
    askDigest: hash('sha256', `ask ${number}`),
    fingerprint: hash('sha256', `ask ${number}, as sent`),
    reservedBytes: (1n << 64n) - 1n,
    expiredHeight: 1_900n as Height,
    grantedHeight: 1_000n as Height,
    grantedAt: 1_800_000_000_123,
    answer: Buffer.from(`ask ${number}, answered `.repeat(20)),
    state: 'live',
    ...changes
  }
}

/** Plain values, so that two records can be compared whatever kind of byte array holds their bytes. */
export const plain = (grant: Grant): object => ({
  ...grant,
  answer: Buffer.from(grant.answer).toString('hex')
})
