import type { Connection, PeerId, Stream } from '@libp2p/interface'
import type { KadDHTComponents } from '@libp2p/kad-dht'
import { multiaddr } from '@multiformats/multiaddr'
import type { PeerIdString } from '../../domain/brands.js'
import type { Clock, Timer } from '../../domain/clock.js'
import { UnreachableError } from '../../errors.js'
import { overriding } from '../overriding.js'
import { RateLimit } from '../v0/rate.js'

type ConnectionManager = KadDHTComponents['connectionManager']

/** Dials of the DHT's own in a second: it walks over the connections that are there, and seldom beyond them. */
const DIALS_PER_SECOND = 2
const DIALS_AT_ONCE = 4
/** Time in which a peer that the DHT dialled must speak for a listed SP, ms. */
const PROVE_MS = 10_000

export interface WalkInit {
  readonly connections: ConnectionManager
  readonly addressesOf: (peer: PeerIdString) => readonly string[]
  /** Whether the peer has shown that it speaks for a listed SP, or is named by our own side. */
  readonly mayServe: (peer: PeerIdString) => boolean
  readonly clock: Clock
}

/** How the DHT reaches others: streams over open connections are free, dials are few and end where nobody is. */
export class Walk {
  readonly #init: WalkInit
  readonly #rate: RateLimit
  readonly #proving = new Set<Timer>()
  #dialling = 0

  constructor(init: WalkInit) {
    this.#init = init
    this.#rate = new RateLimit(DIALS_PER_SECOND, init.clock)
  }

  stop(): void {
    for (const timer of this.#proving) this.#init.clock.clearTimeout(timer)
    this.#proving.clear()
  }

  isConnected(peer: PeerId): boolean {
    return this.#open(peer) !== undefined
  }

  /** The connection manager as the DHT sees it. */
  asConnectionManager(): ConnectionManager {
    return overriding(this.#init.connections, {
      openStream: async (target, protocol, options): Promise<Stream> => {
        const peer = target as PeerId
        const connection = this.#open(peer) ?? (await this.#dial(peer, options?.signal ?? undefined))
        return await connection.newStream(protocol, options)
      }
    })
  }

  #open(peer: PeerId): Connection | undefined {
    return this.#init.connections.getConnections(peer).find(({ status, limits }) => status === 'open' && !limits)
  }

  async #dial(peer: PeerId, signal: AbortSignal | undefined): Promise<Connection> {
    const { connections, addressesOf } = this.#init
    const addresses = addressesOf(peer.toString() as PeerIdString)
    if (addresses.length === 0) throw new UnreachableError(`dht: no address of ${peer}`)
    if (this.#dialling >= DIALS_AT_ONCE || !this.#rate.take('')) throw new UnreachableError('dht: too many dials')
    this.#dialling++
    try {
      const targets = addresses.map(address => multiaddr(`${address}/p2p/${peer}`))
      const connection = await connections.openConnection(targets, signal === undefined ? {} : { signal })
      this.#mustProve(connection)
      return connection
    } finally {
      this.#dialling--
    }
  }

  /** Whoever answers a dial but speaks for no SP is nobody we keep a connection to. */
  #mustProve(connection: Connection): void {
    const { clock, mayServe } = this.#init
    const timer = clock.setTimeout(() => {
      this.#proving.delete(timer)
      if (mayServe(connection.remotePeer.toString() as PeerIdString)) return
      connection.close().catch(() => connection.abort(new Error('it speaks for no listed SP')))
    }, PROVE_MS)
    this.#proving.add(timer)
  }
}
