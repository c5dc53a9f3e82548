import { isIPv6 } from 'node:net'
import { CoordinatorRefusedError } from '../errors.js'
import type { Clock } from '../kit/clock.js'
import { type Rate, RateLimit } from '../kit/rate-limit.js'

const MAX_ADDRESSES = 10_000

/** Requests per address; an IPv6 /64 is one address. */
export class RequestRate {
  readonly #rate: Rate
  readonly #addresses: RateLimit

  constructor(rate: Rate, clock: Clock) {
    this.#rate = rate
    this.#addresses = new RateLimit(clock, MAX_ADDRESSES)
  }

  /** @throws CoordinatorRefusedError */
  take(address: string): void {
    const key = isIPv6(address) ? prefix64(address) : address
    if (this.#addresses.take(key, this.#rate)) return
    throw new CoordinatorRefusedError('rate', `rate: expected at most ${this.#rate.perSecond} requests a second`, {
      retryAfterMs: this.#addresses.retryAfterMs(key, this.#rate)
    })
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
