import { BoundedMap } from './bounded-map.js'
import type { Clock } from './clock.js'

export interface Rate {
  /** Tokens refilled; `Infinity` is no limit. */
  readonly perSecond: number
  /** Tokens of a full bucket. */
  readonly burst: number
}

/** `perSecond` in the long run, twice that in a burst. */
export const doubleBurst = (perSecond: number): Rate => ({ perSecond, burst: 2 * perSecond })

interface Bucket {
  tokens: number
  at: number
  /** Time at which it is full again, and says no more than none. */
  fullAt: number
}

const DEFAULT_CAPACITY = 8_192
/** Once nothing is full, ms until it is looked again at the latest. */
const FORGET_EVERY_MS = 1_000

/** A token bucket per key; a full one is forgotten. The rate is given with each call, since configuration may change it at any time. */
export class RateLimit<K extends string = string> {
  readonly #clock: Clock
  readonly #buckets: BoundedMap<K, Bucket>
  /** No bucket is looked for to forget before. */
  #forgetAt = Number.NEGATIVE_INFINITY

  /** @param capacity buckets kept; a key that was forgotten starts with a full bucket, as a new key does */
  constructor(clock: Clock, capacity = DEFAULT_CAPACITY) {
    this.#clock = clock
    this.#buckets = new BoundedMap(capacity)
  }

  /** Buckets kept. */
  get size(): number {
    return this.#buckets.size
  }

  /** Takes `cost` tokens if there is at least one; a balance below zero has to be refilled first. */
  take(key: K, rate: Rate, cost = 1): boolean {
    if (rate.perSecond === Number.POSITIVE_INFINITY) return true
    const bucket = this.#refilled(key, rate)
    const allowed = bucket.tokens >= 1
    if (allowed) bucket.tokens -= cost
    bucket.fullAt = bucket.at + ((rate.burst - bucket.tokens) / rate.perSecond) * 1_000
    return allowed
  }

  /** Milliseconds until `take` succeeds again. */
  retryAfterMs(key: K, rate: Rate): number {
    if (rate.perSecond === Number.POSITIVE_INFINITY) return 0
    return Math.max(0, Math.ceil(((1 - this.#refilled(key, rate).tokens) / rate.perSecond) * 1_000))
  }

  #refilled(key: K, { perSecond, burst }: Rate): Bucket {
    const now = this.#clock.monotonic()
    this.#forgetFull(now)
    const known = this.#buckets.get(key)
    if (known === undefined) {
      const bucket = { tokens: burst, at: now, fullAt: now }
      this.#buckets.set(key, bucket)
      return bucket
    }
    known.tokens = Math.min(burst, known.tokens + ((now - known.at) / 1_000) * perSecond)
    known.at = now
    return known
  }

  /** Two at a time, longest unused first: more than come anew, so that nothing stays of keys that are used no more. */
  #forgetFull(now: number): void {
    if (now < this.#forgetAt) return
    for (let n = 0; n < 2; n++) {
      const { value: oldest } = this.#buckets.rkeys().next()
      if (oldest === undefined) return
      const { fullAt } = this.#buckets.peek(oldest) as Bucket
      if (fullAt > now) {
        this.#forgetAt = Math.min(fullAt, now + FORGET_EVERY_MS)
        return
      }
      this.#buckets.delete(oldest)
    }
  }
}
