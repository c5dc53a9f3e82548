/**
 * Upstream: @libp2p/autonat 3.0.28, made for nodes that are rarely connected and announce IP addresses:
 *
 * - `AutoNATService.handleAutonatMessage` takes the open connection to the asker for its dial, judges by the address of
 *   that one, and closes it. Here every dial back is a connection of its own.
 * - `AutoNATService.getFirstUnverifiedMultiaddr` takes announced addresses as proven, and both ends of a request refuse
 *   DNS names. Here announced addresses are checked too, names by the IP addresses they resolve to.
 * - `AutoNATService.start` asks a peer once, when that connects, and walks the network at random for more. Here the nodes
 *   of the SPs, which stay connected, are asked in rounds.
 */
import { type AutoNATComponents, autoNAT } from '@libp2p/autonat'
import type { PeerId, Startable, StreamHandler, Topology } from '@libp2p/interface'
import { CODE_P2P, type Multiaddr } from '@multiformats/multiaddr'
import type { PeerIdString } from '../../domain/brands.js'
import type { GuestTier } from '../../domain/guest.js'
import type { Clock, Timer } from '../../kit/clock.js'
import { overriding } from '../../kit/overriding.js'
import type { Autonat, AutonatHostComponents, AutonatInit } from './index.js'
import { OwnPublic } from './own-public.js'

/** `/sp-approval/autonat/1.0.0`. */
const AUTONAT_PREFIX = 'sp-approval'
const TIMEOUT_MS = 10_000
/** After the first connection, ms. By then both sides have pinged, so the peer knows that we speak for a listed SP. */
const FIRST_ASK_MS = 2_000
const ASK_EVERY_MS = 60_000
/** Peers asked per round. AutoNAT counts the verdicts of one network as one. */
const PEERS_PER_ROUND = 8

type ConnectionManager = AutoNATComponents['connectionManager']
type Registrar = AutoNATComponents['registrar']
type NodeAddresses = ReturnType<AutoNATComponents['addressManager']['getAddressesWithMetadata']>

/** AutoNAT's results for addresses without a verdict yet; "unreachable" takes eight failures. */
interface WithResults {
  readonly dialResults?: ReadonlyMap<string, { readonly success: number; readonly failure: number }>
}

/** AutoNAT for SP nodes, which are connected all the time and announce names. */
export class DialBacks implements Autonat, Startable {
  readonly #components: AutonatHostComponents
  readonly #own: OwnPublic
  readonly #service: Startable & WithResults
  readonly #clock: Clock
  /** Connected peers that speak our AutoNAT; the most recently asked come last. */
  readonly #peers = new Map<string, PeerId>()
  #timer: Timer | undefined
  #running = false
  #tierOf: ((peer: PeerIdString) => GuestTier) | undefined

  constructor(components: AutonatHostComponents, { clock }: AutonatInit) {
    this.#components = components
    this.#clock = clock
    this.#own = new OwnPublic(clock)
    const { connectionManager, registrar, addressManager } = components
    this.#service = autoNAT({ protocolPrefix: AUTONAT_PREFIX, timeout: TIMEOUT_MS })({
      registrar: overriding(registrar, { handle: this.#handle, register: this.#register }),
      addressManager: overriding(addressManager, {
        getAddressesWithMetadata: () => this.#asked(),
        confirmObservedAddr: address => this.#found(address, 'reachable'),
        removeObservedAddr: address => this.#found(address, 'unreachable')
      }),
      connectionManager: overriding(connectionManager, {
        openConnection: (target, options) => connectionManager.openConnection(target, { ...options, force: true })
      } as Partial<ConnectionManager>),
      randomWalk: { walk: nobody },
      transportManager: components.transportManager,
      peerId: components.peerId,
      logger: components.logger,
      events: components.events,
      peerStore: components.peerStore
    }) as Startable & WithResults
  }

  async start(): Promise<void> {
    this.#running = true
    await this.#service.start()
  }

  async stop(): Promise<void> {
    this.#running = false
    this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#peers.clear()
    await this.#service.stop()
  }

  results(): ReturnType<Autonat['results']> {
    return this.#own.results(this.#addresses(), dialled => {
      const { success = 0, failure = 0 } = this.#service.dialResults?.get(dialled) ?? {}
      return success > 0 ? 0 : failure
    })
  }

  admit(tierOf: ((peer: PeerIdString) => GuestTier) | undefined): void {
    this.#tierOf = tierOf
  }

  /** The addresses we announce and those we listen on: a public interface address is announced once it is proven. */
  #addresses(): readonly Multiaddr[] {
    return this.#components.addressManager
      .getAddressesWithMetadata()
      .filter(({ type }) => type === 'announce' || type === 'transport')
      .map(entry => entry.multiaddr.decapsulateCode(CODE_P2P))
  }

  #asked(): NodeAddresses {
    return this.#own.candidates(this.#addresses()).map(({ dialled }) => ({
      multiaddr: dialled,
      verified: false,
      type: 'transport',
      expires: this.#own.expires(dialled)
    }))
  }

  #found(address: Multiaddr, verdict: 'reachable' | 'unreachable'): void {
    this.#own.found(address, verdict)
    if (verdict === 'reachable') this.#components.addressManager.confirmObservedAddr(address)
  }

  readonly #handle: Registrar['handle'] = (protocol, handler, options) => {
    const guarded: StreamHandler = async (stream, connection) => {
      if (this.#tierOf?.(connection.remotePeer.toString() as PeerIdString) === 'stranger') {
        stream.abort(new Error('dial backs are for nodes of listed SPs'))
        return
      }
      await handler(stream, connection)
    }
    return this.#components.registrar.handle(protocol, guarded, options)
  }

  readonly #register: Registrar['register'] = (protocol, topology) =>
    this.#components.registrar.register(protocol, {
      ...topology,
      onConnect: peer => {
        this.#peers.set(peer.toString(), peer)
        this.#timer ??= this.#roundIn(FIRST_ASK_MS, topology)
      },
      onDisconnect: peer => {
        this.#peers.delete(peer.toString())
      }
    })

  #roundIn(ms: number, topology: Topology): Timer {
    return this.#clock.setTimeout(() => {
      this.#timer = this.#peers.size === 0 ? undefined : this.#roundIn(ASK_EVERY_MS, topology)
      void this.#round(topology)
    }, ms)
  }

  async #round(topology: Topology): Promise<void> {
    await this.#own.resolve(this.#addresses())
    if (!this.#running) return
    for (const [id, peer] of [...this.#peers].slice(0, PEERS_PER_ROUND)) {
      const connections = this.#components.connectionManager.getConnections(peer)
      const connection = connections.find(({ status }) => status === 'open')
      if (connection === undefined) continue
      // AutoNAT asks only about addresses whose verdict is missing or has expired.
      topology.onConnect?.(peer, connection)
      if (this.#peers.delete(id)) this.#peers.set(id, peer)
    }
  }
}

/** A random walk that yields no peers. */
async function* nobody(): AsyncGenerator<never> {}
