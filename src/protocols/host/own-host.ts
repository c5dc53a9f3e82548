/** A libp2p host of the module's own: TCP, Noise, yamux, identify. */
import '../patches/with-resolvers.js'
import type { Libp2p, ServiceMap, StreamMuxerFactory } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { createLibp2p, type ServiceFactoryMap } from 'libp2p'
import type { Registry } from 'prom-client'
import { STREAM_DEADLINE_MS } from '../../constants.js'
import { LifecycleError, messageOf, UnreachableError } from '../../errors.js'
import { type Clock, systemClock } from '../../kit/clock.js'
import { componentLogger, type Logger, silentLogger } from '../../logger.js'
import type { ResolverInit } from '../addresses/resolve.js'
import { joinedWrites } from '../muxer/joined-writes.js'
import { provingPeers } from '../muxer/proven-peers.js'
import { handshakeCrypto } from '../patches/handshake-crypto.js'
import { identifyOnce } from '../patches/identify-once.js'
import { nodePrivateKey } from '../patches/node-key.js'
import { writeProtocolsOnce } from '../patches/peer-store-writes.js'
import { quietLogger } from '../patches/quiet-logger.js'
import { DialDoor } from './dial-door.js'
import type { HostDoor, P2PHost } from './host.js'
import { type HostGates, hostGates } from './host-gates.js'
import { hostMetrics } from './host-metrics.js'

export const DEFAULT_MAX_CONNECTIONS = 1_024

/** libp2p services by name. */
export type HostServices = ServiceFactoryMap

export interface OwnHostOptions extends Pick<ResolverInit, 'lookup' | 'lookupTxt'> {
  /** Raw secp256k1 private key, 32 bytes. */
  readonly nodeKey: Uint8Array
  /** Multiaddrs to listen on; port 0 lets the system choose. Empty: dials only. */
  readonly listen: readonly string[]
  /** Multiaddrs to announce in their place. */
  readonly announce?: readonly string[]
  /** Dial loopback, private, link-local and multicast addresses, and take many connections from one address. */
  readonly allowPrivate?: boolean
  readonly maxConnections?: number
  /** @param streamRates how fast a peer may open streams */
  readonly muxer: (streamRates: HostGates['streamRates']) => () => StreamMuxerFactory
  /** libp2p services beside identify. */
  readonly services?: HostServices
  /** What the services, once made, add to the host. */
  readonly offers?: (services: ServiceMap) => Pick<P2PHost, 'discovery' | 'reachability' | 'admit'>
  /** Where libp2p's own metrics are registered; without it there are none. */
  readonly registry?: Registry
  readonly clock?: Clock
  readonly logger?: Logger
}

/** Not libp2p's limit, which shares nothing out: `pending-inbound.ts` decides who holds a place. */
const UNLIMITED = Number.MAX_SAFE_INTEGER
/** An address that says nothing costs a socket; it must not hold up the dial of an ask. */
const PARALLEL_DIALS = 512
const DIAL_QUEUE = 4_096
const DIAL_TIMEOUT_MS = 10_000
/** A handshake takes seconds on a loaded machine; callers give up on silent addresses sooner. */
const ADDRESS_DIAL_TIMEOUT_MS = 10_000
/** Time for the handshake of whoever connects to us: four ways there and back. */
const UPGRADE_TIMEOUT_MS = 3_000
/** A local cluster starts all its nodes on one machine at once. */
const LOCAL_UPGRADE_TIMEOUT_MS = 10_000

/** Opens a fresh libp2p host each time, so that a stopped module starts again. */
export function ownHost(options: OwnHostOptions): HostDoor {
  const open = new Map<P2PHost, Libp2p>()
  return {
    async open() {
      const host = await createHost(options)
      open.set(host.host, host.libp2p)
      return host.host
    },
    async close(host) {
      const libp2p = open.get(host)
      open.delete(host)
      await libp2p?.stop()
    }
  }
}

async function createHost(options: OwnHostOptions): Promise<{ host: P2PHost; libp2p: Libp2p }> {
  const { nodeKey, listen, announce = [], allowPrivate = false, clock = systemClock, logger = silentLogger } = options
  const { maxConnections = DEFAULT_MAX_CONNECTIONS, muxer, services, offers, registry } = options
  const gates = hostGates({ allowPrivate, clock })
  const privateKey = nodePrivateKey(nodeKey)
  const libp2p = await createLibp2p({
    privateKey,
    addresses: { listen: [...listen], announce: [...announce] },
    transports: [tcp({ dialOpts: { noDelay: true } })],
    connectionEncrypters: [provingPeers(joinedWrites(noise({ crypto: handshakeCrypto() })))],
    streamMuxers: [muxer(gates.streamRates)],
    connectionGater: gates.gater,
    connectionManager: {
      maxConnections,
      inboundConnectionThreshold: UNLIMITED,
      maxIncomingPendingConnections: UNLIMITED,
      maxParallelDials: PARALLEL_DIALS,
      maxDialQueueLength: DIAL_QUEUE,
      dialTimeout: DIAL_TIMEOUT_MS,
      addressDialTimeout: ADDRESS_DIAL_TIMEOUT_MS,
      inboundUpgradeTimeout: allowPrivate ? LOCAL_UPGRADE_TIMEOUT_MS : UPGRADE_TIMEOUT_MS,
      inboundStreamProtocolNegotiationTimeout: STREAM_DEADLINE_MS,
      outboundStreamProtocolNegotiationTimeout: STREAM_DEADLINE_MS,
      // The dial door resolves names; libp2p's resolver follows `/dnsaddr` anywhere, recursively.
      resolvers: {}
    },
    // It opens `/ipfs/ping/1.0.0` every 10 s and aborts connections without an answer; our own ping decides instead.
    connectionMonitor: { enabled: false },
    services: { ...services, identify: identifyOnce({ clock }) },
    ...(registry && { metrics: () => hostMetrics(registry) }),
    logger: quietLogger,
    start: false
  })
  writeProtocolsOnce(libp2p)
  try {
    await libp2p.start()
  } catch (error) {
    const reason = reasonOf(error)
    throw new LifecycleError(`libp2p host: cannot listen on ${listen.join(', ')}: ${reason}`, { cause: error })
  }
  const log = componentLogger(logger, 'protocols/host/own-host')
  log.debug({ peerId: libp2p.peerId.toString(), addresses: libp2p.getMultiaddrs().map(String) }, 'libp2p host open')
  const sign = async (message: Uint8Array): Promise<Uint8Array> => await privateKey.sign(message)
  return {
    host: { ...hostOf(libp2p, gates, { ...options, maxConnections }), sign, ...offers?.(libp2p.services) },
    libp2p
  }
}

function hostOf(
  libp2p: Libp2p,
  gates: HostGates,
  options: OwnHostOptions & { readonly maxConnections: number }
): P2PHost {
  const { maxConnections, allowPrivate = false, clock = systemClock, lookup, lookupTxt } = options
  const door = new DialDoor({
    host: { peerStore: libp2p.peerStore, connections: peerId => libp2p.getConnections(peerId) },
    dial: (addresses, options) => libp2p.dial(addresses, options),
    allowPrivate,
    clock,
    ...(lookup && { lookup }),
    ...(lookupTxt && { lookupTxt })
  })
  return {
    peerId: libp2p.peerId,
    peerStore: libp2p.peerStore,
    events: libp2p,
    maxConnections,
    addresses: () => libp2p.getMultiaddrs(),
    connections: peerId => libp2p.getConnections(peerId),
    parallelDials: PARALLEL_DIALS,
    connect: async (peerId, addresses, options) => {
      if (!gates.deniesDial(peerId)) return await door.connect(peerId, addresses, options)
      throw new UnreachableError(`${peerId} is blocked, or its SP is not in service`)
    },
    dialledAs: connection => door.dialledAs(connection),
    handle: (protocol, handler, handlerOptions) => libp2p.handle(protocol, handler, handlerOptions),
    unhandle: protocol => libp2p.unhandle(protocol),
    forget: peerId => libp2p.peerStore.delete(peerId),
    gate: gates.setInbound,
    gateDials: gates.setDials
  }
}

/** libp2p's listen error holds the cause of each address as an indented stack; its first line with a code says why. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return /\b(E[A-Z]{3,}[^\n]*)/.exec(text)?.[1] ?? messageOf(error)
}
