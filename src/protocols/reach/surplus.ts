import type { Connection } from '@libp2p/interface'
import type { PeerIdString } from '../../domain/brands.js'
import type { Clock, Timer } from '../../kit/clock.js'

/** By then both sides have identified each other over it. */
const FIRST_LOOK_MS = 2_000
const LOOK_EVERY_MS = 1_000
const LOOKS = 10
/** By then the other side has ended its own, or keeps it. */
const PATIENT_MS = FIRST_LOOK_MS + (LOOKS + 3) * LOOK_EVERY_MS

export interface SurplusInit {
  readonly self: PeerIdString
  /** Those to the same peer. */
  readonly connections: (connection: Connection) => readonly Connection[]
  readonly clock: Clock
}

/**
 * Closes the second connection to a peer once nothing runs over it: of two nodes that dialled each other, at once or to
 * prove an address, the one with the greater peer id ends the connection that it opened. Only who opened one closes it, only
 * while another stands, and the two sides at different times, so they do not end up with none.
 */
export class Surplus {
  readonly #init: SurplusInit
  readonly #timers = new Map<Connection, Timer>()

  constructor(init: SurplusInit) {
    this.#init = init
  }

  /** A connection stands: it may have crossed another. */
  opened(connection: Connection): void {
    if (!this.#yields(connection)) return
    const all = this.#init.connections(connection)
    if (!all.some(({ direction }) => direction === 'inbound')) return
    for (const one of all) if (one.direction === 'outbound') this.#recheck(one, LOOKS, FIRST_LOOK_MS)
  }

  /** A connection of ours has proven an address, while another stood. */
  proved(connection: Connection): void {
    this.#recheck(connection, LOOKS, this.#yields(connection) ? FIRST_LOOK_MS : PATIENT_MS)
  }

  stop(): void {
    for (const timer of this.#timers.values()) this.#init.clock.clearTimeout(timer)
    this.#timers.clear()
  }

  #yields({ remotePeer }: Connection): boolean {
    return this.#init.self > remotePeer.toString()
  }

  #recheck(connection: Connection, looks: number, inMs: number): void {
    if (this.#timers.has(connection)) return
    const { clock, connections } = this.#init
    const timer = clock.setTimeout(() => {
      this.#timers.delete(connection)
      if (connection.status !== 'open') return
      const other = connections(connection).some(({ id, status }) => id !== connection.id && status === 'open')
      // The other one has gone: this one is the connection now.
      if (!other) return
      const busy = connection.streams.length > 0
      if (busy && looks > 0) return this.#recheck(connection, looks - 1, LOOK_EVERY_MS)
      if (busy) return
      connection.close().catch((error: Error) => connection.abort(error))
    }, inMs)
    this.#timers.set(connection, timer)
  }
}
