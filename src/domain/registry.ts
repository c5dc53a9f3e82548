import type { PeerIdString, SpAddress } from './brands.js'

/** Status names of Greenfield's `sp` module, without the `STATUS_` in front. */
export type SpStatus = 'IN_SERVICE' | 'IN_JAILED' | 'GRACEFUL_EXITING' | 'FORCED_EXITING' | 'IN_MAINTENANCE'

export interface SpNode {
  readonly peerId: PeerIdString
  /** Multiaddrs without `/p2p/…`; names stay names. */
  readonly addresses: readonly string[]
}

/** What every connector knows of a storage provider. */
export interface SpEntry {
  readonly operatorAddress: SpAddress
  /** The SP's approval account on chain, put into results; '' where unknown. */
  readonly approvalAddress: string
  /** The SP's gateway URL, put into results; '' where unknown. */
  readonly endpoint: string
  readonly status: SpStatus
  /** Peer ids tied to this SP. Empty: it names none, and the SP is *open* unless our configuration pins it. */
  readonly nodes: readonly SpNode[]
  /** Data chunks the chain's parameters prescribe, where the connector knows them. */
  readonly dataChunks?: number
  /** `false` while the SP's lease at the coordinator has run out; absent where nobody keeps leases. */
  readonly reachable?: boolean
}

/** A reading of the SP list. */
export interface SpList {
  /** Rises with every change at the source; an older one is never taken again. */
  readonly sequence: bigint
  /** Unix milliseconds at the source. */
  readonly time: number
  readonly entries: readonly SpEntry[]
}

/** What the next reading is compared with; after a restart only this much of the last good list is known. */
export interface LastList extends Pick<SpList, 'sequence' | 'time'> {
  readonly entries: readonly Pick<SpEntry, 'operatorAddress'>[]
}

export type ListVerdict =
  | { readonly outcome: 'accept' }
  | { readonly outcome: 'ignore' | 'hold'; readonly reason: string }

/**
 * How list and pins stand to an SP. *Closed*: its entry or a pin names its peer ids, and no other peer may speak for it.
 * *Open*: nothing names any.
 */
export type Listing = 'closed' | 'open' | 'unlisted'

/** May this SP ask and answer? */
export const inService = (entry: SpEntry | undefined): entry is SpEntry & { readonly status: 'IN_SERVICE' } =>
  entry?.status === 'IN_SERVICE'

/**
 * Whether a reading of the list replaces the last good one. An older list cannot come back; an empty one, or one
 * that loses over half of the SPs at once, is held back until an operator confirms it.
 */
export function judgeList(last: LastList | undefined, next: SpList, highestSequence: bigint): ListVerdict {
  if (next.sequence < highestSequence) {
    return { outcome: 'ignore', reason: `list sequence ${next.sequence} is older than ${highestSequence}` }
  }
  if (next.entries.length === 0) return { outcome: 'hold', reason: 'the list is empty' }
  if (last === undefined) return { outcome: 'accept' }
  if (next.time < last.time) return { outcome: 'ignore', reason: 'the list is older than the last one' }
  const still = new Set(next.entries.map(entry => entry.operatorAddress))
  const lost = last.entries.filter(entry => !still.has(entry.operatorAddress)).length
  if (lost * 2 > last.entries.length) {
    return { outcome: 'hold', reason: `the list loses ${lost} of ${last.entries.length} SPs at once` }
  }
  return { outcome: 'accept' }
}
