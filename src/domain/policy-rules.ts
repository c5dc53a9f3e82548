import type { SpAddress } from './brands.js'
import type { RefusalCode } from './refusal.js'

/** What a policy may look at: only what the ask's signature covers, and our own state. */
export interface PolicyFacts {
  readonly asker: SpAddress
  readonly objectId: string
  readonly bucketName: string
  readonly objectName: string
  /** Bytes. */
  readonly payloadSize: bigint
  /** Bytes an approval would reserve. */
  readonly reservationBytes: bigint
  /** See `VISIBILITY`, `REDUNDANCY` in task.ts. */
  readonly visibility: number
  readonly redundancyType: number
  readonly dataChunks: number
  readonly parityChunks: number
  /** Bytes free before the reservation. */
  readonly freeBytes: bigint
  /** Verified asks of this asker in the last minute, this one included. */
  readonly asksLastMinute: number
  /** Unix milliseconds. */
  readonly now: number
}

export type PolicyDecision =
  | { readonly outcome: 'approve'; readonly rule: string; readonly reason: string }
  | { readonly outcome: 'refuse'; readonly rule: string; readonly code: RefusalCode; readonly reason: string }

/** One rule: `undefined` passes the ask on to the next one. */
export interface PolicyRule {
  readonly name: string
  readonly decide: (facts: PolicyFacts) => PolicyDecision | undefined
}
