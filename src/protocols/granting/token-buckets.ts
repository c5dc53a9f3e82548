import { BoundedMap } from '../../kit/bounded-map.js'
import type { Clock } from '../../kit/clock.js'

interface Bucket {
  tokens: number
  at: number
}

/** Token buckets by name. The rate is given with each call, since the policy may change it at any time. */
export class TokenBuckets<Name extends string> {
  readonly #clock: Clock
  readonly #buckets: BoundedMap<Name, Bucket>

  /** @param kept names; whoever falls out comes back with a full bucket */
  constructor(clock: Clock, kept: number) {
    this.#clock = clock
    this.#buckets = new BoundedMap(kept)
  }

  /**
   * Takes one token.
   * @param perSecond refilled; `Infinity` always allows
   * @param burst tokens of a full bucket
   */
  take(name: Name, perSecond: number, burst: number): boolean {
    if (perSecond === Number.POSITIVE_INFINITY) return true
    const now = this.#clock.monotonic()
    const bucket = this.#buckets.get(name) ?? { tokens: burst, at: now }
    const tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1_000) * perSecond)
    const allowed = tokens >= 1
    this.#buckets.set(name, { tokens: allowed ? tokens - 1 : tokens, at: now })
    return allowed
  }
}
