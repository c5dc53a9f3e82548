/**
 * Upstream: @libp2p/kad-dht 16.4.5, `RoutingTable`: takes any peer that speaks its protocol, and keeps those that have
 * disconnected.
 */
import type { PeerId, PeerStore } from '@libp2p/interface'
import type { KadDHTComponents } from '@libp2p/kad-dht'
import type { PeerIdString } from '../../domain/brands.js'
import type { GuestTier } from '../../domain/guest.js'
import { UnreachableError } from '../../errors.js'
import { BoundedMap } from '../../kit/bounded-map.js'
import { KAD_PROTOCOL } from './protocol.js'
import { openConnection } from './walk.js'

/** Connected peers that are not in the table, because they were strangers when they came. */
const MAX_STRANGERS = 1_024

export interface TableMembersInit {
  readonly connectionManager: KadDHTComponents['connectionManager']
  readonly peerStore: PeerStore
  readonly table: () => { add(peer: PeerId): Promise<void>; remove(peer: PeerId): Promise<void> }
  readonly tierOf: (peer: PeerIdString) => GuestTier
}

/** Keeps the DHT's routing table to connected peers that speak for a listed SP: it is told to others and walked. */
export class TableMembers {
  readonly #init: TableMembersInit
  readonly #strangers = new BoundedMap<PeerIdString, PeerId>(MAX_STRANGERS)

  constructor(init: TableMembersInit) {
    this.#init = init
  }

  /**
   * A connected peer is alive: our own pings close dead connections.
   * @returns 0, the round trip in ms
   * @throws UnreachableError the table has no place for it
   */
  ping(peer: PeerId): number {
    const { connectionManager, tierOf } = this.#init
    if (openConnection(connectionManager, peer) === undefined) {
      throw new UnreachableError(`dht: ${peer} is not connected`)
    }
    const id = peer.toString() as PeerIdString
    if (tierOf(id) !== 'stranger') return 0
    this.#strangers.set(id, peer)
    throw new UnreachableError(`dht: ${peer} speaks for no listed SP`)
  }

  /** Adds those connected: kad-dht itself sees only peers that connect or identify while it runs. */
  async addConnected(isAwake: () => boolean): Promise<void> {
    const connections = this.#init.connectionManager.getConnections()
    for (const peer of new Set(connections.map(({ remotePeer }) => remotePeer))) {
      if ((await this.speaksKad(peer)) && isAwake()) await this.#add(peer)
    }
  }

  /** Adds all of them, or one, that have shown since they came that they speak for a listed SP. */
  async addPromoted(one?: PeerIdString): Promise<void> {
    for (const id of one === undefined ? [...this.#strangers.keys()] : [one]) {
      const peer = this.#strangers.peek(id)
      if (peer === undefined || this.#init.tierOf(id) === 'stranger') continue
      this.#strangers.delete(id)
      await this.#add(peer)
    }
  }

  /** A dead entry would be named to others and tried by every query. */
  left(peer: PeerId): void {
    this.#strangers.delete(peer.toString() as PeerIdString)
    // Rejects only while the table is not running: then it is empty.
    this.#init
      .table()
      .remove(peer)
      .catch(() => undefined)
  }

  async speaksKad(peer: PeerId): Promise<boolean> {
    const known = await this.#init.peerStore.get(peer).catch(() => undefined)
    return known?.protocols.includes(KAD_PROTOCOL) === true
  }

  /** The table rejects peers that it has no room for. */
  async #add(peer: PeerId): Promise<void> {
    await this.#init
      .table()
      .add(peer)
      .catch(() => undefined)
  }
}
