import '../patches/with-resolvers.js'
import type {
  Connection,
  ContentRouting,
  DialOptions,
  Libp2pEvents,
  PeerId,
  PeerRouting,
  PeerStore,
  PrivateKey,
  StreamHandler,
  StreamHandlerOptions,
  TypedEventTarget
} from '@libp2p/interface'
import { CODE_P2P, type Multiaddr } from '@multiformats/multiaddr'
import type { Clock } from '../../kit/clock.js'
import type { ResolverInit } from '../addresses/resolve.js'
import { DialDoor } from './dial-door.js'
import type { Discovery, HostDoor, P2PHost } from './host.js'

/** What is used of the components of the libp2p host that the module is a service of. */
export interface BorrowedHostComponents {
  readonly peerId: PeerId
  /** Proves to a coordinator that the peer id is ours. */
  readonly privateKey?: Pick<PrivateKey, 'sign'>
  readonly peerStore: PeerStore
  readonly registrar: {
    handle(protocol: string, handler: StreamHandler, options?: StreamHandlerOptions): Promise<void>
    unhandle(protocol: string): Promise<void>
  }
  readonly connectionManager: {
    getMaxConnections(): number
    getConnections(peerId?: PeerId): Connection[]
    openConnection(
      peer: PeerId | Multiaddr[],
      options: DialOptions & { readonly signal: AbortSignal }
    ): Promise<Connection>
  }
  readonly addressManager: { getAddresses(): Multiaddr[] }
  readonly events: TypedEventTarget<Libp2pEvents>
  /** Finds a listed peer id without an address, where a service of the host does so. */
  readonly peerRouting?: Pick<PeerRouting, 'findPeer'>
  /** Used where a service of the host finds content, such as kad-dht. */
  readonly contentRouting?: ContentRouting
}

export interface BorrowedHostOptions extends ResolverInit {
  readonly discoveryBy?: (routing: ContentRouting) => Discovery
  readonly clock?: Clock
}

/**
 * Somebody else's host as ours: it is used while the module runs and left alone when it stops.
 *
 * @param options.discoveryBy finds nodes of SPs by the host's content routing
 */
export function borrowedHost(
  components: BorrowedHostComponents,
  { discoveryBy, ...rules }: BorrowedHostOptions
): HostDoor {
  const { peerId, privateKey, peerStore, registrar, connectionManager, addressManager, events } = components
  const door = new DialDoor({
    ...rules,
    host: { peerStore, connections: peer => connectionManager.getConnections(peer) },
    dial: (addresses, options) => connectionManager.openConnection(addresses, options),
    findPeer: async (peer, signal) => (await components.peerRouting?.findPeer(peer, { signal }))?.multiaddrs ?? []
  })
  const host: P2PHost = {
    peerId,
    ...(privateKey && { sign: async message => await privateKey.sign(message) }),
    peerStore,
    events,
    get maxConnections() {
      return connectionManager.getMaxConnections()
    },
    addresses: () => {
      const own = `/p2p/${peerId}`
      return addressManager.getAddresses().map(address => address.decapsulateCode(CODE_P2P).encapsulate(own))
    },
    connections: peer => connectionManager.getConnections(peer),
    connect: (peer, addresses, options) => door.connect(peer, addresses, options),
    dialledAs: connection => door.dialledAs(connection),
    handle: (protocol, handler, options) => registrar.handle(protocol, handler, options),
    unhandle: protocol => registrar.unhandle(protocol)
  }
  return {
    // Asked for when the module starts: before, the host may still be putting its services together.
    open: async () => {
      const { contentRouting } = components
      if (contentRouting === undefined || discoveryBy === undefined) return host
      return Object.create(host, { discovery: { value: discoveryBy(contentRouting) } })
    },
    close: async () => undefined
  }
}
