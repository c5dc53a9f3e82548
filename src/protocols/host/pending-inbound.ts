import type { MultiaddrConnection } from '@libp2p/interface'
import type { Clock } from '../../kit/clock.js'
import { type Rate, RateLimit } from '../../kit/rate-limit.js'
import { isShared, machineOf } from '../addresses/block.js'

/** Inbound connections at once whose handshake is not over. */
const PLACES = 256
/**
 * Connections that one address may open. A handshake costs us 6 ms of CPU time, so that one address takes 5 % of a core;
 * the burst is for the nodes of an SP, or of several behind one NAT, that come back together.
 */
const PUBLIC_RATE: Rate = { perSecond: 8, burst: 64 }
/** Where private addresses are in use, all nodes of a local cluster share one. */
const PRIVATE_RATE: Rate = { perSecond: 32, burst: 1_024 }

export interface PendingInboundInit {
  readonly allowPrivate: boolean
  readonly clock: Clock
}

/**
 * Inbound connections until their handshake is over. Whoever connects and says nothing holds a place, so the oldest
 * connection of the address that holds most of them gives way: an address that holds few cannot be kept out.
 */
export class PendingInbound {
  readonly #init: PendingInboundInit
  readonly #rate: RateLimit
  readonly #byMachine = new Map<string, Set<MultiaddrConnection>>()
  #count = 0

  constructor(init: PendingInboundInit) {
    this.#init = init
    this.#rate = new RateLimit(init.clock)
  }

  get count(): number {
    return this.#count
  }

  /** A connection was opened. `false`: its address has opened too many of late. */
  enter(connection: MultiaddrConnection): boolean {
    const machine = machineOf(connection.remoteAddr)
    if (!this.#rate.take(machine, this.#rateOf(connection))) return false
    if (this.#count >= PLACES) this.#evict()
    const here = this.#byMachine.get(machine) ?? new Set()
    this.#byMachine.set(machine, here.add(connection))
    this.#count++
    connection.addEventListener('close', () => this.leave(connection), { once: true })
    return true
  }

  /** Its handshake is over, or it has ended. */
  leave(connection: MultiaddrConnection): void {
    const machine = machineOf(connection.remoteAddr)
    const here = this.#byMachine.get(machine)
    if (here?.delete(connection) !== true) return
    this.#count--
    if (here.size === 0) this.#byMachine.delete(machine)
  }

  #rateOf({ remoteAddr }: MultiaddrConnection): Rate {
    return isShared(remoteAddr, this.#init.allowPrivate) ? PRIVATE_RATE : PUBLIC_RATE
  }

  #evict(): void {
    let most = new Set<MultiaddrConnection>()
    for (const here of this.#byMachine.values()) if (here.size > most.size) most = here
    const [oldest] = most
    if (oldest === undefined) return
    this.leave(oldest)
    oldest.abort(new Error('its address holds too many places of connections without a handshake'))
  }
}
