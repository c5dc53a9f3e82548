import type { AskIdentity } from './ask-identity.js'
import type { Height, SpAddress, TaskKey } from './brands.js'
import { larger } from './larger.js'
import { REDUNDANCY, type ReplicatePieceApprovalTask } from './task.js'

/**
 * A grant: an approval we gave, known by the ask it answers. One per (asker, object), whatever the wire; a newer ask for
 * the same object replaces it. The record outlives the reservation, so that a captured ask buys nothing twice.
 */
export interface Grant extends AskIdentity {
  /** `asker/objectId`. */
  readonly key: string
  readonly asker: SpAddress
  readonly objectId: string
  readonly taskKey: TaskKey
  /** Bytes held while the grant is live. */
  readonly reservedBytes: bigint
  readonly expiredHeight: Height
  /** Height when it was given. */
  readonly grantedHeight: Height
  /** Unix milliseconds. */
  readonly grantedAt: number
  /** SHA-256 of the ask's message, hex: the same message needs no second verification. */
  readonly fingerprint: string
  /** What the wire encoded and alone understands: the same ask gets the same answer, after a restart too. */
  readonly answer: Uint8Array
  readonly state: GrantState
}

/** live: capacity is held. The others hold none. */
export type GrantState = 'live' | 'consumed' | 'released' | 'expired'

export const grantKey = (asker: SpAddress, objectId: string): string => `${asker}/${objectId}`

/** Bytes an approval reserves: ⌈payload / data chunks⌉ for EC, all of it for REPLICA. */
export function reservationBytes(task: ReplicatePieceApprovalTask): bigint {
  const payload = task.objectInfo?.payloadSize ?? 0n
  if (task.objectInfo?.redundancyType === REDUNDANCY.REPLICA) return payload
  const chunks = BigInt(Math.max(1, task.storageParams?.versionedParams.redundantDataChunkNum ?? 1))
  return (payload + chunks - 1n) / chunks
}

/** Figures of the grant limits. */
export interface GrantLimits {
  /** Bytes that may be promised in all. */
  readonly capacityBytes: bigint
  /** Bytes that must stay free after the reservation. */
  readonly keepFreeBytes: bigint
  /** Share of the capacity one asker may hold, in percent. */
  readonly perAskerPercent: bigint
  readonly perAskerGrants: number
  readonly totalGrants: number
}

/** What is held now, without the grant that a new ask for the same object would replace. */
export interface Holdings {
  readonly totalBytes: bigint
  readonly totalGrants: number
  readonly askerBytes: bigint
  readonly askerGrants: number
}

/** Capacity that is not held, before any headroom the policy keeps. */
export const freeBytes = (held: Holdings, { capacityBytes }: GrantLimits): bigint =>
  larger(capacityBytes - held.totalBytes, 0n)

/** Whether a reservation fits; the reason names the figure that does not. */
export function fits(
  bytes: bigint,
  held: Holdings,
  limits: GrantLimits
): { readonly ok: true } | { readonly ok: false; readonly reason: string } {
  const usable = limits.capacityBytes - limits.keepFreeBytes
  if (held.totalBytes + bytes > usable) {
    return { ok: false, reason: `capacity: ${held.totalBytes} held, ${bytes} asked, ${usable} usable` }
  }
  const share = (limits.capacityBytes * limits.perAskerPercent) / 100n
  if (held.askerBytes + bytes > share) {
    return { ok: false, reason: `share of one asker: ${held.askerBytes} held, ${bytes} asked, ${share} allowed` }
  }
  if (held.askerGrants + 1 > limits.perAskerGrants) {
    return { ok: false, reason: `grants of one asker: ${held.askerGrants} live, ${limits.perAskerGrants} allowed` }
  }
  if (held.totalGrants + 1 > limits.totalGrants) {
    return { ok: false, reason: `grants in all: ${held.totalGrants} live, ${limits.totalGrants} allowed` }
  }
  return { ok: true }
}
