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
/** Nodes only heard of: in all, from one teller, and from the DHT about one SP. */
export const MAX_HINTS = 512
export const MAX_HINTS_PER_SOURCE = 64
export const MAX_DHT_HINTS_PER_SP = 16
/** Dials of a hint, after which it is forgotten unless it has named its SP. */
export const HINT_TRIES = 3
/** Addresses kept of a node; the list names 16 at most. */
export const MAX_ADDRESSES = 16
/** Addresses that others may tell of a node, and one of them: as many as a pong names, most of which may be dead. */
export const MAX_HINTED_ADDRESSES = 8
export const MAX_HINTED_PER_TELLER = 4
/** The longest DNS name (253 characters) with its protocol names fits. */
export const MAX_ADDRESS_LENGTH = 320
/** Characters kept of the reason why a node failed. */
export const MAX_ERROR_LENGTH = 256
