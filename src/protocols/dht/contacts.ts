/**
 * Upstream: @libp2p/kad-dht 16.4.5, `AddProviderHandler.handle` and `ClosestPeers.updatePeerTags`: write what strangers tell
 * into libp2p's peer store, unbounded, and tag the closest peers `keep-alive`, so that libp2p redials peers we hung up on.
 */
import type { Peer, PeerId, PeerInfo, PeerStore } from '@libp2p/interface'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import type { DhtPeer } from '../../codec/dht-message.js'
import type { PeerIdString } from '../../domain/brands.js'
import { BoundedMap } from '../../kit/bounded-map.js'
import type { Clock } from '../../kit/clock.js'
import { overriding } from '../../kit/overriding.js'
import type { HintedNode } from '../../peers/index.js'
import { usableAddresses } from '../addresses/usable.js'
import { MAX_ADDRESSES, namedPeer } from './protocol.js'
import type { ProviderRecords } from './records.js'

const MAX_CONTACTS = 2_048
/** Nodes of the routing table, and for how long what is told of one stays as it was, ms: the peer store is slow. */
const MAX_NAMED = 256
const NAMED_MS = 5_000

export interface ContactsInit {
  readonly self: PeerId
  readonly ownAddresses: () => readonly Multiaddr[]
  /** Addresses that connected peers told by identify. */
  readonly peerStore: PeerStore
  /** What a node told of itself with a record: it rules over what others say of it. */
  readonly records: Pick<ProviderRecords, 'addressesOf'>
  readonly allowPrivate: boolean
  readonly clock: Pick<Clock, 'monotonic'>
}

/** The addresses that DHT messages told of others: bounded, without tags, separate from libp2p's peer store. */
export class Contacts {
  readonly #init: ContactsInit
  readonly #heard = new BoundedMap<PeerIdString, readonly Multiaddr[]>(MAX_CONTACTS)

  readonly #named = new BoundedMap<PeerIdString, { readonly node: DhtPeer; readonly at: number }>(MAX_NAMED)

  constructor(init: ContactsInit) {
    this.#init = init
  }

  /** Those of them that we would dial. */
  usable(addresses: readonly Multiaddr[]): readonly Multiaddr[] {
    const { allowPrivate } = this.#init
    return usableAddresses(addresses, { allowPrivate, max: MAX_ADDRESSES }).map(text => multiaddr(text))
  }

  /** Others say this of the peer. */
  hear(peer: PeerId, addresses: readonly Multiaddr[]): void {
    if (peer.equals(this.#init.self)) return
    const usable = this.usable(addresses)
    if (usable.length > 0) this.#heard.set(peer.toString() as PeerIdString, usable)
  }

  /** Newest last. */
  *heard(): Generator<HintedNode> {
    for (const peerId of [...this.#heard.rkeys()]) yield { peerId, addresses: this.addressesOf(peerId) }
  }

  addressesOf(peer: PeerIdString): readonly string[] {
    return this.multiaddrsOf(peer).map(String)
  }

  /** Those that DHT messages told: what it said itself, else what others did. */
  multiaddrsOf(peer: PeerIdString): readonly Multiaddr[] {
    const told = this.#init.records.addressesOf(peer)
    return told.length > 0 ? told : (this.#heard.peek(peer) ?? [])
  }

  /** As it is told to others, without addresses where none are known. */
  async named(peer: PeerId): Promise<DhtPeer> {
    const name = peer.toString() as PeerIdString
    const now = this.#init.clock.monotonic()
    const known = this.#named.get(name)
    if (known !== undefined && now - known.at < NAMED_MS) return known.node
    const found = await this.#peer(peer).catch(() => undefined)
    const node = namedPeer(peer.toMultihash().bytes, found?.addresses.map(entry => entry.multiaddr) ?? [])
    this.#named.set(name, { node, at: now })
    return node
  }

  /** The part of a peer store that the DHT uses. */
  asPeerStore(): PeerStore {
    return overriding(this.#init.peerStore, {
      get: peerId => this.#peer(peerId),
      getInfo: async (peerId): Promise<PeerInfo> => {
        const { addresses } = await this.#peer(peerId)
        return { id: peerId, multiaddrs: addresses.map(entry => entry.multiaddr) }
      },
      all: async () => [],
      merge: async (peerId, { multiaddrs = [] }) => {
        this.hear(peerId, multiaddrs)
        return bare(peerId, [])
      }
    })
  }

  /** @throws NotFoundError of the peer store when no address is known */
  async #peer(peerId: PeerId): Promise<Peer> {
    const { self, ownAddresses, peerStore } = this.#init
    if (peerId.equals(self)) return bare(self, ownAddresses())
    const heard = this.multiaddrsOf(peerId.toString() as PeerIdString)
    if (heard.length > 0) return bare(peerId, heard)
    const identified = (await peerStore.get(peerId)).addresses.map(entry => entry.multiaddr)
    return bare(peerId, this.usable(identified))
  }
}

const bare = (id: PeerId, addresses: readonly Multiaddr[]): Peer => ({
  id,
  addresses: addresses.map(multiaddr => ({ multiaddr, isCertified: false })),
  protocols: [],
  metadata: new Map(),
  tags: new Map()
})
