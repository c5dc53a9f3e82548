import type { PeerIdString } from '../domain/brands.js'
import type { Clock } from '../kit/clock.js'

/** When each node's lease ends. In memory only: after a restart every reachable node gets a new lease. */
export class Leases {
  readonly #clock: Clock
  readonly #leaseMs: number
  readonly #until = new Map<PeerIdString, number>()

  constructor(leaseMs: number, clock: Clock) {
    this.#clock = clock
    this.#leaseMs = leaseMs
  }

  renew(peerIds: Iterable<PeerIdString>): void {
    const until = this.#clock.monotonic() + this.#leaseMs
    for (const peerId of peerIds) this.#until.set(peerId, until)
  }

  end(peerIds: Iterable<PeerIdString>): void {
    for (const peerId of peerIds) this.#until.delete(peerId)
  }

  readonly holds = (peerId: PeerIdString): boolean => {
    const until = this.#until.get(peerId)
    if (until === undefined) return false
    if (until > this.#clock.monotonic()) return true
    this.#until.delete(peerId)
    return false
  }
}
