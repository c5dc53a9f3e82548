import type { Connection } from '@libp2p/interface'
import type { GuestTier } from '../../domain/guest.js'
import type { Clock } from '../../kit/clock.js'
import { FairBudget, type Share } from '../../kit/fair-budget.js'
import { RateLimit } from '../../kit/rate-limit.js'
import { limitedBlockOf } from '../addresses/block.js'

/** Twice what a node asks that misses many SPs: 65 messages each 4 s. */
const REQUESTS_PER_PEER = { perSecond: 32, burst: 160 }
/** Of claimed peers of one address block: as four of them. */
const REQUESTS_PER_BLOCK = { perSecond: 128, burst: 640 }
/** Of all claimed peers: as forty; the rest of what all may have is for tied ones. */
const REQUESTS_OF_CLAIMED = { perSecond: 1_200, burst: 2_400 }
/** One takes some 0.12 ms: together they cost at most a quarter of a core. */
const REQUESTS_IN_ALL = { perSecond: 2_000, burst: 4_000 }

/** Streams that are served at once. */
const MAX_STREAMS = 1_024
const SHARES: Readonly<Record<GuestTier, Share>> = {
  tied: { most: MAX_STREAMS, each: 32 },
  claimed: { most: (MAX_STREAMS * 60) / 100, each: 16 },
  stranger: { most: 0 }
}

/** Rates of DHT requests: per peer, per address block, and for all peers together that no signature ties to an SP. */
export class RequestRates {
  readonly streams = new FairBudget(MAX_STREAMS, SHARES)
  readonly #rates: RateLimit
  readonly #allowPrivate: boolean

  constructor(clock: Clock, allowPrivate: boolean) {
    this.#rates = new RateLimit(clock)
    this.#allowPrivate = allowPrivate
  }

  /** Whether one more request of the peer is read. */
  take({ remotePeer, remoteAddr }: Pick<Connection, 'remotePeer' | 'remoteAddr'>, tier: GuestTier): boolean {
    if (tier === 'stranger' || !this.#rates.take(`peer ${remotePeer}`, REQUESTS_PER_PEER)) return false
    if (tier === 'claimed') {
      const block = limitedBlockOf(remoteAddr, this.#allowPrivate)
      if (block !== undefined && !this.#rates.take(`block ${block}`, REQUESTS_PER_BLOCK)) return false
      if (!this.#rates.take('claimed', REQUESTS_OF_CLAIMED)) return false
    }
    return this.#rates.take('all', REQUESTS_IN_ALL)
  }
}
