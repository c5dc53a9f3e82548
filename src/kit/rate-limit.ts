import { BoundedMap } from './bounded-map.js'
import type { Clock } from './clock.js'

interface Bucket {
  tokens: number
  at: number
}

/** Names kept; who falls out starts with a full bucket, which costs no more than a fresh name would. */
const BUCKETS = 8_192

/** A token bucket per name: `perSecond` in the long run, twice that in a burst. */
export class RateLimit {
  readonly #perSecond: number
  readonly #clock: Clock
  readonly #buckets = new BoundedMap<string, Bucket>(BUCKETS)

  constructor(perSecond: number, clock: Clock) {
    this.#perSecond = perSecond
    this.#clock = clock
  }

  /** Takes `cost` tokens if at least one is there; the balance may go below zero and must be waited out. */
  take(name: string, cost = 1): boolean {
    const now = this.#clock.monotonic()
    const burst = this.#perSecond * 2
    const bucket = this.#buckets.get(name) ?? { tokens: burst, at: now }
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1_000) * this.#perSecond)
    bucket.at = now
    const allowed = bucket.tokens >= 1
    if (allowed) bucket.tokens -= cost
    this.#buckets.set(name, bucket)
    return allowed
  }
}
