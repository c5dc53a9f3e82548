import { isIPv6 } from 'node:net'
import { CoordinatorRefusedError } from '../errors.js'
import type { Clock } from '../kit/clock.js'

export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

/** Addresses remembered; the longest unseen is forgotten first. */
const MAX_ADDRESSES = 10_000

/** A token bucket per address; an IPv6 /64 is one address. */
export class RateLimit {
  readonly #rate: Rate
  readonly #clock: Clock
  readonly #buckets = new Map<string, { tokens: number; at: number }>()

  constructor(rate: Rate, clock: Clock) {
    this.#rate = rate
    this.#clock = clock
  }

  /** @throws CoordinatorRefusedError */
  take(address: string): void {
    const key = isIPv6(address) ? prefix64(address) : address
    const now = this.#clock.monotonic()
    const known = this.#buckets.get(key) ?? { tokens: this.#rate.burst, at: now }
    const tokens = Math.min(this.#rate.burst, known.tokens + ((now - known.at) / 1_000) * this.#rate.perSecond)
    this.#buckets.delete(key)
    this.#buckets.set(key, { tokens: tokens < 1 ? tokens : tokens - 1, at: now })
    this.#forgetOldest()
    if (tokens >= 1) return
    throw new CoordinatorRefusedError('rate', `rate: expected at most ${this.#rate.perSecond} requests a second`, {
      httpStatus: 429,
      retryAfterMs: Math.ceil(((1 - tokens) / this.#rate.perSecond) * 1_000)
    })
  }

  #forgetOldest(): void {
    if (this.#buckets.size <= MAX_ADDRESSES) return
    const [oldest] = this.#buckets.keys()
    if (oldest !== undefined) this.#buckets.delete(oldest)
  }
}

/** The first four groups; an IPv4 address in IPv6 form stays whole. */
function prefix64(address: string): string {
  if (address.toLowerCase().startsWith('::ffff:')) return address
  const [left = '', right = ''] = address.split('::')
  const head = left === '' ? [] : left.split(':')
  const tail = right === '' ? [] : right.split(':')
  const zeros = address.includes('::')
    ? Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0')
    : []
  return [...head, ...zeros, ...tail].slice(0, 4).join(':')
}
