import type { SpAddress } from '../../domain/brands.js'
import { type Denial, errorDenial } from '../../domain/refusal.js'
import type { Secp256k1Backend } from '../../identity/index.js'
import type { Clock } from '../../kit/clock.js'
import { RateLimit } from '../../kit/rate-limit.js'
import type { ApprovalPolicy } from '../../policy/index.js'
import type { Tier } from '../../trust/index.js'
import type { InboundAsk } from '../wire.js'
import { MinuteCounter } from './minute-counter.js'

/**
 * Verifications per second, half of them kept for pinned peers. One costs 80 µs natively (digest and recovery), so
 * this is one core; with noble 2.4 ms.
 */
const VERIFICATIONS_PER_SECOND: Readonly<Record<Secp256k1Backend['name'], number>> = { native: 12_000, noble: 400 }
/** Larger than a usual ask, with its seven checksums. */
const USUAL_SIZE = 2_048
/**
 * What a byte beyond that costs at most, µs. A control character becomes six bytes that are signed: written and hashed, 60 KB
 * of them take 5 to 14 ms, for the ask and once more for its answer; decoding and the fingerprint take 0.1 ms. Plain text
 * takes 0.6 ms.
 */
const BYTE_US = 0.25
/** A burst is the budget of 0.1 s, at least a hundred asks at once on the slow backend. */
const BURST_SECONDS = 0.1
const MIN_BURST = 128

/** A peer may send twice what its SP may ask: some are repetitions, and an SP has several nodes behind one NAT. */
const PEER_FACTOR = 2
/** Peers of one address block that are not pinned share this multiple of an open SP's rate. */
const BLOCK_FACTOR = 8

const SECONDS_PER_MINUTE = 60

type Standing = Exclude<Tier, 'refused'>

const limited = (rule: string, reason: string): Denial => errorDenial('RATE_LIMITED', rule, reason)

/** Rates and budgets of inbound asks. Before the signature is good only peers are counted, never SPs. */
export class AskRates {
  readonly #policy: Pick<ApprovalPolicy, 'rates'>
  readonly #clock: Clock
  readonly #verifications: number
  /** Verifications in a microsecond. */
  readonly #perMicrosecond: number
  readonly #peers: RateLimit
  readonly #blocks: RateLimit
  readonly #budget: RateLimit<'common' | 'pinned'>
  readonly #sps: RateLimit<SpAddress>
  readonly #all: RateLimit<'all'>
  /** Listed SPs only: their signature was good. */
  readonly #lastMinute = new Map<SpAddress, MinuteCounter>()

  constructor(policy: Pick<ApprovalPolicy, 'rates'>, clock: Clock, backend: Secp256k1Backend['name']) {
    this.#policy = policy
    this.#clock = clock
    this.#verifications = VERIFICATIONS_PER_SECOND[backend] / 2
    this.#perMicrosecond = VERIFICATIONS_PER_SECOND[backend] / 1_000_000
    this.#peers = new RateLimit(clock)
    this.#blocks = new RateLimit(clock)
    this.#budget = new RateLimit(clock, 2)
    this.#sps = new RateLimit(clock)
    this.#all = new RateLimit(clock, 1)
  }

  /** Rate per peer; for peers that are not pinned, per address block too: peer ids cost nothing. */
  peer({ from, addressBlock }: Pick<InboundAsk, 'from' | 'addressBlock'>, tier: Standing): Denial | undefined {
    const rates = this.#policy.rates()
    const perMinute = (tier === 'pinned' ? rates.perSp : rates.perOpenSp) * PEER_FACTOR
    if (!take(this.#peers, from, perMinute)) return limited('peer-rate', `peer: more than ${perMinute} asks a minute`)
    if (tier === 'pinned') return undefined
    const perBlock = rates.perOpenSp * BLOCK_FACTOR
    if (take(this.#blocks, addressBlock, perBlock)) return undefined
    return limited('block-rate', `address block ${addressBlock}: more than ${perBlock} asks a minute`)
  }

  /**
   * One verification, of an ask of this size in bytes; a large one costs as much as several. Pinned peers have a half of their own
   * and may use the other one too.
   */
  verification(tier: Standing, recordSize: number): Denial | undefined {
    const rate = this.#verifications
    const cost = 1 + Math.max(0, recordSize - USUAL_SIZE) * BYTE_US * this.#perMicrosecond
    const budget = { perSecond: rate, burst: Math.max(MIN_BURST, rate * BURST_SECONDS) }
    if (tier === 'pinned' && this.#budget.take('pinned', budget, cost)) return undefined
    if (this.#budget.take('common', budget, cost)) return undefined
    return limited('verifications', `signatures: more work than ${rate} verifications a second for ${tier} peers`)
  }

  /** One verified ask of an SP, counted for the policy whether it is allowed or not. */
  verified(asker: SpAddress, tier: Standing): Denial | undefined {
    let counter = this.#lastMinute.get(asker)
    if (counter === undefined) {
      counter = new MinuteCounter()
      this.#lastMinute.set(asker, counter)
    }
    counter.add(this.#clock.monotonic())
    const rates = this.#policy.rates()
    const perSp = tier === 'pinned' ? rates.perSp : rates.perOpenSp
    if (!take(this.#sps, asker, perSp)) return limited('sp-rate', `SP: more than ${perSp} asks a minute`)
    if (!take(this.#all, 'all', rates.total)) {
      return limited('total-rate', `all SPs: more than ${rates.total} asks a minute`)
    }
    return undefined
  }

  asksLastMinute(asker: SpAddress): number {
    return this.#lastMinute.get(asker)?.count(this.#clock.monotonic()) ?? 0
  }
}

const take = <K extends string>(limit: RateLimit<K>, key: K, perMinute: number): boolean =>
  limit.take(key, { perSecond: perMinute / SECONDS_PER_MINUTE, burst: perMinute })
