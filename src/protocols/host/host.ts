/**
 * The part of a libp2p host that the wires use. A host of our own (`own-host.ts`) and the components of somebody
 * else's (`spApproval`) both fit, so nothing above knows which one it has.
 */
import type {
  Connection,
  Libp2pEvents,
  PeerId,
  PeerStore,
  StreamHandler,
  StreamHandlerOptions,
  TypedEventTarget
} from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { PeerIdString, SpAddress } from '../../domain/brands.js'
import type { GuestTier } from '../../domain/guest.js'
import type { HintedNode } from '../../peers/index.js'
import type { StreamRates } from '../muxer/stream-allowance.js'

export interface P2PHost {
  readonly peerId: PeerId
  /** Signs with the key of the peer id; absent where the host does not lend it. */
  sign?(message: Uint8Array): Promise<Uint8Array>
  readonly peerStore: PeerStore
  readonly events: TypedEventTarget<Libp2pEvents>
  /** Own dialable addresses, each with `/p2p/…`. */
  addresses(): Multiaddr[]
  connections(peerId?: PeerId): Connection[]
  /** An open connection, dialled where there is none. */
  connect(peerId: PeerId, addresses: readonly Multiaddr[], options: ConnectOptions): Promise<Connection>
  /** The address, as it was told, that an outbound connection was dialled at: a name stays a name. */
  dialledAs?(connection: Connection): string
  handle(protocol: string, handler: StreamHandler, options: StreamHandlerOptions): Promise<void>
  unhandle(protocol: string): Promise<void>
  /** Connections the host takes; beyond it refuses every inbound one. */
  readonly maxConnections: number
  /** Dials the host works on at once; further ones wait for their turn. Default: libp2p's 100. */
  readonly parallelDials?: number
  /** Sets the gate for inbound connections; `undefined` removes it. A host without it cannot refuse before the handshake is over. */
  gate?(gate: InboundGate | undefined): void
  /** Sets the gate for dials, whatever part of the host wants them; `undefined` removes it. */
  gateDials?(gate: DialGate | undefined): void
  /** Finds nodes of an SP through the DHT; absent where the host has none. */
  readonly discovery?: Discovery
  /** What other nodes found when they dialled us back (AutoNAT); absent where the host does not ask. */
  reachability?(): readonly OwnReachability[]
  /** Drops what libp2p's peer store has of the peer; absent where the store is not ours. */
  forget?(peerId: PeerId): Promise<void>
  /** Tells the host's own services (DHT, AutoNAT) as what each peer is a guest: strangers are not served. */
  admit?(tierOf: ((peer: PeerIdString) => GuestTier) | undefined): void
}

/** Provider records keyed by SP: peers that claim to be a node of that SP. Hints, since any peer may claim it. */
export interface Discovery {
  /** Takes part from now on; a network whose list names every node at its address needs no DHT, and pays for none. */
  wake?(): Promise<void>
  /** Says that this host is a node of the SP. */
  provide(sp: SpAddress, options: { signal: AbortSignal }): Promise<void>
  /** What nodes that are connected keep of the SPs, as the answers come: cheap, and not all that the DHT has. */
  ask?(
    sps: readonly SpAddress[],
    options: { self: SpAddress; signal: AbortSignal }
  ): AsyncIterable<readonly HintedNode[]>
  /** What each node that keeps records of the SP has of them, as the answers come: a walk from node to node. */
  find(sp: SpAddress, options: { signal: AbortSignal }): AsyncIterable<readonly HintedNode[]>
  /** Nodes that DHT messages told of, for looking around; newest last. */
  known(): readonly HintedNode[]
}

export interface OwnReachability {
  /** Multiaddr without `/p2p/…`. */
  readonly address: string
  readonly verdict: 'reachable' | 'unreachable' | 'unknown'
  /** Why a dial back failed, where one told. */
  readonly reason?: string
}

/** Whom the host lets in, and how much of its work each peer may ask for. */
export interface InboundGate {
  /** Asked once the peer id of an inbound connection is proven, before anything else is spent on it. */
  judge(peerId: PeerId, remote: Multiaddr): 'accept' | 'deny'
  streamRates(peerId: PeerId): StreamRates
}

/** Asked by the host before any dial, whatever part of it wants to dial. */
export type DialGate = (peerId: PeerId) => 'accept' | 'deny'

export interface ConnectOptions {
  readonly signal: AbortSignal
  /** Dial although a connection is open: the other side may have opened it, which proves no address. */
  readonly anew?: boolean
  /** Called when an address has accepted the connection and the handshake begins. */
  readonly onReached?: () => void
}

/** Opens the host when the module starts and closes it when it stops; a borrowed host is left alone. */
export interface HostDoor {
  open(): Promise<P2PHost>
  close(host: P2PHost): Promise<void>
}
