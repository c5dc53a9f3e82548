import type { Connection, Libp2pEvents, PeerId } from '@libp2p/interface'
import { CODE_P2P } from '@multiformats/multiaddr'
import { readPeerId } from '../../codec/peer-id.js'
import type { PeerIdString } from '../../domain/brands.js'
import { messageOf } from '../../errors.js'
import type { Clock } from '../../kit/clock.js'
import { componentLogger, type Logger } from '../../logger.js'
import type { PeerDirectory } from '../../peers/index.js'
import type { AccessList } from '../../trust/access-list.js'
import type { P2PHost } from '../host/host.js'
import type { DialSchedule } from './dial-schedule.js'

/** Share of the host's connections above which those to nodes of no SP are ended. */
const SCARCE = 0.8
/** Connected this long without speaking for an SP: useless. */
const USELESS_MS = 30_000

export interface ConnectionsInit {
  readonly host: P2PHost
  readonly directory: PeerDirectory
  readonly accessList: AccessList
  readonly schedule: DialSchedule
  /** Connected nodes; kept up to date here, read by others. */
  readonly connected: Set<PeerIdString>
  readonly clock: Clock
  readonly logger: Logger
  /** A connection was opened and may be kept. */
  readonly onOpened: (connection: Connection) => void
  /** A peer has come or gone. */
  readonly onPeer: (peerId: PeerIdString, change: 'connected' | 'disconnected') => void
}

/** Follows the connections of the host: ends those that are not allowed, and notes what each says about its node. */
export class Connections {
  readonly #init: ConnectionsInit

  constructor(init: ConnectionsInit) {
    this.#init = { ...init, logger: componentLogger(init.logger, 'protocols/reach/connections') }
  }

  start(): void {
    const { host, accessList } = this.#init
    host.events.addEventListener('connection:open', this.#onOpen)
    host.events.addEventListener('peer:connect', this.#onConnect)
    host.events.addEventListener('peer:disconnect', this.#onDisconnect)
    host.gateDials?.(peerId => (accessList.isBarred(peerId.toString() as PeerIdString) ? 'deny' : 'accept'))
    for (const connection of host.connections()) {
      this.#opened(connection)
      this.#came(connection.remotePeer.toString() as PeerIdString)
    }
  }

  stop(): void {
    const { host, connected } = this.#init
    host.events.removeEventListener('connection:open', this.#onOpen)
    host.events.removeEventListener('peer:connect', this.#onConnect)
    host.events.removeEventListener('peer:disconnect', this.#onDisconnect)
    host.gateDials?.(undefined)
    connected.clear()
  }

  openTo(peerId: PeerIdString): Connection | undefined {
    const all = this.#init.host.connections(readPeerId(peerId))
    // A relayed connection with limits carries no ask.
    return all.find(({ status, limits }) => status === 'open' && limits === undefined)
  }

  /** Ends the connections to a node. */
  hangUp(peerId: PeerIdString): void {
    const { host, logger } = this.#init
    for (const connection of host.connections(readPeerId(peerId))) {
      connection.close().catch((error: unknown) => {
        logger.debug({ peerId, error: messageOf(error) }, 'hang-up failed')
        connection.abort(new Error('it took no goodbye'))
      })
    }
  }

  /** Ends them without a word: the node answers nothing. */
  abort(peerId: PeerIdString, why: string): void {
    for (const connection of this.#init.host.connections(readPeerId(peerId))) connection.abort(new Error(why))
  }

  /** Where connections are scarce, ends those that we opened to nodes which turned out to be of no SP. */
  endUseless(): void {
    const { host, directory, schedule, clock } = this.#init
    const all = host.connections()
    let excess = all.length - Math.floor(host.maxConnections * SCARCE)
    for (const { remotePeer, direction } of all) {
      if (excess <= 0) return
      const peerId = remotePeer.toString() as PeerIdString
      const record = directory.get(peerId)
      const connectedAt = schedule.connectedAt(peerId) ?? clock.monotonic()
      if (direction === 'inbound' || record?.sp !== undefined) continue
      if (record?.source === 'bootstrap' || record?.source === 'operator') continue
      if (clock.monotonic() - connectedAt < USELESS_MS) continue
      this.hangUp(peerId)
      excess--
    }
  }

  readonly #onOpen = ({ detail }: Libp2pEvents['connection:open']): void => this.#opened(detail)
  readonly #onConnect = ({ detail }: CustomEvent<PeerId>): void => this.#came(detail.toString() as PeerIdString)
  readonly #onDisconnect = ({ detail }: CustomEvent<PeerId>): void => {
    const { connected, directory, schedule, clock, onPeer } = this.#init
    const peerId = detail.toString() as PeerIdString
    if (!connected.delete(peerId)) return
    // Of one that the book does not know nothing is remembered.
    if (directory.get(peerId) === undefined) schedule.forget(peerId)
    else schedule.disconnected(peerId, clock.monotonic())
    onPeer(peerId, 'disconnected')
  }

  #opened(connection: Connection): void {
    const { accessList, directory, onOpened } = this.#init
    const peerId = connection.remotePeer.toString() as PeerIdString
    if (accessList.isBarred(peerId)) {
      connection.abort(new Error('blocked, or its SP is not in service'))
      return
    }
    onOpened(connection)
    const record = directory.get(peerId)
    if (record === undefined) return
    // An outbound connection shows that the address answers; an inbound one only that the node lives.
    const dialled = connection.direction === 'outbound' ? this.#dialledAs(connection) : undefined
    directory.contacted(peerId, { ok: true, ...(dialled !== undefined && { dialled }) })
  }

  /** The address as the book has it: what a name stood for today is not its address. */
  #dialledAs(connection: Connection): string {
    const { host } = this.#init
    return host.dialledAs?.(connection) ?? connection.remoteAddr.decapsulateCode(CODE_P2P).toString()
  }

  #came(peerId: PeerIdString): void {
    const { connected, schedule, accessList, clock, onPeer } = this.#init
    if (accessList.isBarred(peerId)) return
    connected.add(peerId)
    schedule.connected(peerId, clock.monotonic())
    onPeer(peerId, 'connected')
  }
}
