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
  /** Waits for an operator. `cause`: a stable word for the reason. */
  | { readonly outcome: 'hold'; readonly cause: 'older' | 'empty' | 'loss'; readonly reason: string }

/**
 * How list and pins stand to an SP. *Closed*: its entry or a pin names its peer ids, and no other peer may speak for it.
 * *Open*: nothing names any.
 */
export type Listing = 'closed' | 'open' | 'unlisted'

/** May this SP ask and answer? */
export const inService = (entry: SpEntry | undefined): entry is SpEntry & { readonly status: 'IN_SERVICE' } =>
  entry?.status === 'IN_SERVICE'

/** A time that is further ahead of our clock than this was taken from a clock that was wrong, and is worth nothing. */
const MAX_TIME_AHEAD_MS = 120_000

/** The time of a list, unless it lies in the future. */
export const credibleTime = (time: number | undefined, now: number): number | undefined =>
  time !== undefined && time <= now + MAX_TIME_AHEAD_MS ? time : undefined

/**
 * Whether a reading of the list replaces the last good one. An older one, an empty one, or one that loses over half of the
 * SPs at once is held back until an operator confirms it.
 *
 * @param now Unix ms
 */
export function judgeList(last: LastList | undefined, next: SpList, now: number): ListVerdict {
  if (last !== undefined && next.sequence < last.sequence) {
    const reason = `list sequence ${next.sequence} is older than ${last.sequence}`
    return { outcome: 'hold', cause: 'older', reason }
  }
  if (next.entries.length === 0) return { outcome: 'hold', cause: 'empty', reason: 'the list is empty' }
  if (last === undefined) return { outcome: 'accept' }
  if (next.time < (credibleTime(last.time, now) ?? 0)) {
    return { outcome: 'hold', cause: 'older', reason: 'the list is older than the last one' }
  }
  const still = new Set(next.entries.map(entry => entry.operatorAddress))
  const lost = last.entries.filter(entry => !still.has(entry.operatorAddress)).length
  if (lost * 2 > last.entries.length) {
    return { outcome: 'hold', cause: 'loss', reason: `the list loses ${lost} of ${last.entries.length} SPs at once` }
  }
  return { outcome: 'accept' }
}
