import '../patches/with-resolvers.js'
import type {
  Connection,
  ContentRouting,
  DialOptions,
  Libp2pEvents,
  PeerId,
  PeerStore,
  StreamHandler,
  StreamHandlerOptions,
  TypedEventTarget
} from '@libp2p/interface'
import { CODE_P2P, type Multiaddr } from '@multiformats/multiaddr'
import { dialOptions, dialTarget } from './dial-options.js'
import type { Discovery, HostDoor, P2PHost } from './host.js'

/** What is used of the components of the libp2p host that the module is a service of. */
export interface BorrowedHostComponents {
  readonly peerId: PeerId
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
  /** Used where a service of the host finds content, such as kad-dht. */
  readonly contentRouting?: ContentRouting
}

/**
 * Somebody else's host as ours: it is used while the module runs and left alone when it stops.
 *
 * @param discoveryBy finds nodes of SPs by the host's content routing
 */
export function borrowedHost(
  components: BorrowedHostComponents,
  discoveryBy?: (routing: ContentRouting) => Discovery
): HostDoor {
  const { peerId, peerStore, registrar, connectionManager, addressManager, events } = components
  const host: P2PHost = {
    peerId,
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
    connect: (peer, addresses, options) =>
      connectionManager.openConnection(dialTarget(peer, addresses), dialOptions(options)),
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
