import type { Connection } from '@libp2p/interface'
import type { Clock, Timer } from '../../domain/clock.js'

/** By then both sides have identified each other over it. */
const FIRST_LOOK_MS = 2_000
const LOOK_EVERY_MS = 1_000
const LOOKS = 10

/**
 * Closes connections that were opened to prove an address, once nothing runs over them. Only who opened one closes it, and
 * only while another stands, so two nodes that prove each other at once do not end up with none.
 */
export class Surplus {
  readonly #clock: Clock
  readonly #others: (connection: Connection) => readonly Connection[]
  readonly #timers = new Map<Connection, Timer>()

  /** @param connections those to the same peer */
  constructor(clock: Clock, connections: (connection: Connection) => readonly Connection[]) {
    this.#clock = clock
    this.#others = connections
  }

  add(connection: Connection): void {
    this.#look(connection, LOOKS, FIRST_LOOK_MS)
  }

  stop(): void {
    for (const timer of this.#timers.values()) this.#clock.clearTimeout(timer)
    this.#timers.clear()
  }

  #look(connection: Connection, looks: number, inMs: number): void {
    const timer = this.#clock.setTimeout(() => {
      this.#timers.delete(connection)
      if (connection.status !== 'open' || looks === 0) return
      const other = this.#others(connection).some(({ id, status }) => id !== connection.id && status === 'open')
      // The other one has gone: this one is the connection now.
      if (!other) return
      if (connection.streams.length > 0) return this.#look(connection, looks - 1, LOOK_EVERY_MS)
      connection.close().catch((error: Error) => connection.abort(error))
    }, inMs)
    this.#timers.set(connection, timer)
  }
}
