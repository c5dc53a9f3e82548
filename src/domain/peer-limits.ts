/** Bounds of the peer book. */
export interface PeerLimits {
  /** Nodes of each SP that are kept connected. */
  readonly targetPerSp: number
  /** A zombie is forgotten only while its SP has more live backups than this. */
  readonly keepPerSp: number
  /** Claimed and verified nodes an SP may have in the book. */
  readonly maxPerSp: number
  /** Failed interactions in a row that make a zombie. */
  readonly zombieAfterFailures: number
}

export const DEFAULT_PEER_LIMITS: PeerLimits = { targetPerSp: 3, keepPerSp: 10, maxPerSp: 32, zombieAfterFailures: 3 }

/** Claimed nodes an SP may have: a 0.0.1 signature can be replayed by anyone. */
export const MAX_CLAIMED_PER_SP = 4
/** Nodes only heard of: in all, and from one source. */
export const MAX_HINTS = 512
export const MAX_HINTS_PER_SOURCE = 64
/** Addresses kept of a node. */
export const MAX_ADDRESSES = 8
