import type { Height, PeerIdString, SpAddress } from './brands.js'
import type { SpEntry } from './registry.js'

/** How 0.0.1 peers are trusted: see docs/PROTOCOL.md. */
export type LegacyMode = 'auto' | 'pinned' | 'off'

/** Standing of a 0.0.1 peer that speaks in an SP's name. */
export type Tier = 'pinned' | 'claimed' | 'refused'

/**
 * The standing of a peer that speaks for an SP on the 0.0.1 wire. An SP whose registry entry (or a local pin) names
 * peer ids is pinned: only those count. An SP that names none is open under `auto`.
 */
export function legacyTier(
  mode: LegacyMode,
  entry: SpEntry,
  peer: PeerIdString,
  pins?: ReadonlySet<PeerIdString>
): Tier {
  if (mode === 'off') return 'refused'
  const named = entry.nodes.some(node => node.peerId === peer) || pins?.has(peer) === true
  if (named) return 'pinned'
  const closed = entry.nodes.length > 0 || (pins !== undefined && pins.size > 0)
  return closed || mode === 'pinned' ? 'refused' : 'claimed'
}

/** Why an answer does not count. */
export type AnswerRejection =
  | 'content' // not our task
  | 'signature'
  | 'not-listed'
  | 'not-in-service'
  | 'ourselves'
  | 'wrong-peer'
  | 'height'
  | 'late'

/** Bounds of an approval's life in blocks. */
export interface LifeBounds {
  readonly minLife: bigint
  readonly maxLife: bigint
}

/** An approval's height must lie in [now + minLife, now + maxLife]. */
export const heightInBounds = (expired: bigint, now: Height, bounds: LifeBounds): boolean =>
  expired >= now + bounds.minLife && expired <= now + bounds.maxLife

/** An approval as it counts: who promised, until when, by which node. */
export interface Approval {
  readonly sp: SpAddress
  readonly peerId: PeerIdString
  readonly expiredHeight: Height
  readonly signature: Uint8Array
  readonly protocol: '0.0.1' | '1.0.0'
  /** Milliseconds from the call. */
  readonly elapsedMs: number
}
