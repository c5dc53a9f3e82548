import type { Connection } from '@libp2p/interface'
import type { PeerIdString } from '../../domain/brands.js'
import type { Clock, Timer } from '../../kit/clock.js'

/** By then both sides have identified each other over it. */
const FIRST_LOOK_MS = 2_000
const LOOK_EVERY_MS = 1_000
const LOOKS = 10
/** By then the other side has ended its own, or keeps it. */
const LATER_LOOK_MS = FIRST_LOOK_MS + (LOOKS + 3) * LOOK_EVERY_MS

export interface DuplicatesInit {
  readonly self: PeerIdString
  /** Those to the same peer. */
  readonly connections: (connection: Connection) => readonly Connection[]
  readonly clock: Clock
}

/**
 * Closes the second connection to a peer once nothing runs over it: two nodes may have dialled each other at once, and a
 * dial-back check opens one beside the one that stands. Only the side that opened a connection closes it, only while another
 * one stands, and the node with the greater peer id earlier than the other, so that they do not end up with none.
 */
export class DuplicateConnections {
  readonly #init: DuplicatesInit
  readonly #timers = new Map<Connection, Timer>()

  constructor(init: DuplicatesInit) {
    this.#init = init
  }

  opened(connection: Connection): void {
    const all = this.#init.connections(connection)
    if (all.length < 2) return
    const isFirst = this.#init.self > connection.remotePeer.toString()
    for (const one of all) {
      if (one.direction === 'outbound') this.#recheck(one, LOOKS, isFirst ? FIRST_LOOK_MS : LATER_LOOK_MS)
    }
  }

  stop(): void {
    for (const timer of this.#timers.values()) this.#init.clock.clearTimeout(timer)
    this.#timers.clear()
  }

  #recheck(connection: Connection, looks: number, inMs: number): void {
    if (this.#timers.has(connection)) return
    const { clock, connections } = this.#init
    const timer = clock.setTimeout(() => {
      this.#timers.delete(connection)
      const isOnly = !connections(connection).some(({ id, status }) => id !== connection.id && status === 'open')
      if (connection.status !== 'open' || isOnly) return
      if (connection.streams.length === 0) connection.close().catch((error: Error) => connection.abort(error))
      else if (looks > 0) this.#recheck(connection, looks - 1, LOOK_EVERY_MS)
    }, inMs)
    this.#timers.set(connection, timer)
  }
}
