/**
 * Upstream: @libp2p/kad-dht 16.4.5, `AddProviderHandler.handle` and `ClosestPeers.updatePeerTags`: write what strangers tell
 * into libp2p's peer store, unbounded, and tag the closest peers `keep-alive`, so that libp2p redials peers we hung up on.
 */
import type { Peer, PeerId, PeerInfo, PeerStore } from '@libp2p/interface'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import type { PeerIdString } from '../../domain/brands.js'
import { BoundedMap } from '../../kit/bounded-map.js'
import { overriding } from '../../kit/overriding.js'
import type { HintedNode } from '../../peers/index.js'
import { usableAddresses } from '../addresses/usable.js'
import { MAX_ADDRESSES } from './protocol.js'

const MAX_CONTACTS = 2_048

export interface ContactsInit {
  readonly self: PeerId
  readonly ownAddresses: () => readonly Multiaddr[]
  /** Addresses that connected peers told by identify. */
  readonly peerStore: PeerStore
  readonly allowPrivate: boolean
}

/** The addresses that DHT messages told: bounded, without tags, separate from libp2p's peer store. */
export class Contacts {
  readonly #init: ContactsInit
  readonly #heard = new BoundedMap<PeerIdString, readonly string[]>(MAX_CONTACTS)

  constructor(init: ContactsInit) {
    this.#init = init
  }

  has(peer: string): boolean {
    return this.#heard.has(peer as PeerIdString) || peer === this.#init.self.toString()
  }

  hear(peer: PeerId, addresses: readonly Multiaddr[]): void {
    const { allowPrivate, self } = this.#init
    if (peer.equals(self)) return
    const usable = usableAddresses(addresses, { allowPrivate, max: MAX_ADDRESSES })
    if (usable.length > 0) this.#heard.set(peer.toString() as PeerIdString, usable)
  }

  /** Newest last. */
  *heard(): Generator<HintedNode> {
    for (const peerId of [...this.#heard.rkeys()]) yield { peerId, addresses: this.addressesOf(peerId) }
  }

  addressesOf(peer: PeerIdString): readonly string[] {
    return this.#heard.peek(peer) ?? []
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
    const { self, ownAddresses, peerStore, allowPrivate } = this.#init
    if (peerId.equals(self)) return bare(self, ownAddresses())
    const heard = this.addressesOf(peerId.toString() as PeerIdString)
    const identified = heard.length > 0 ? [] : (await peerStore.get(peerId)).addresses.map(entry => entry.multiaddr)
    const usable = [...heard, ...usableAddresses(identified, { allowPrivate, max: MAX_ADDRESSES })]
    return bare(
      peerId,
      usable.map(text => multiaddr(text))
    )
  }
}

const bare = (id: PeerId, addresses: readonly Multiaddr[]): Peer => ({
  id,
  addresses: addresses.map(multiaddr => ({ multiaddr, isCertified: false })),
  protocols: [],
  metadata: new Map(),
  tags: new Map()
})
