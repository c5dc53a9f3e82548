import type { Height, PeerIdString, SpAddress } from './brands.js'

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

/** An approval that counts: which SP promised, until which height, through which node. */
export interface Approval {
  readonly sp: SpAddress
  readonly peerId: PeerIdString
  readonly expiredHeight: Height
  readonly signature: Uint8Array
  readonly protocol: '0.0.1' | '1.0.0'
  /** Milliseconds from the call. */
  readonly elapsedMs: number
}
