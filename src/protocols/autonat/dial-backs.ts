import { lookup } from 'node:dns/promises'
import { type AutoNATComponents, autoNAT } from '@libp2p/autonat'
import type { Connection, PeerId, Startable, StreamHandler, Topology } from '@libp2p/interface'
import { CODE_P2P, type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import type { PeerIdString } from '../../domain/brands.js'
import { overriding } from '../overriding.js'
import { AUTONAT_PREFIX, type Autonat, type AutonatHostComponents, type AutonatInit } from './index.js'
import { nameOf, OwnPublic } from './own-public.js'

const TIMEOUT_MS = 10_000

type ConnectionManager = AutoNATComponents['connectionManager']
type Registrar = AutoNATComponents['registrar']
type NodeAddresses = ReturnType<AutoNATComponents['addressManager']['getAddressesWithMetadata']>

/** What AutoNAT holds of addresses it has not decided on; it decides against one only after eight failures. */
interface WithResults {
  readonly dialResults?: ReadonlyMap<string, { readonly success: number; readonly failure: number }>
}

/**
 * `@libp2p/autonat` made fit for nodes that are connected all the time and announce names:
 *
 * - As it is, its server takes the open connection to the asker for its dial, judges by that one's address, and closes it.
 *   Here every dial back is a connection of its own.
 * - It holds announced addresses for proven, and refuses names on either side of a connection. Here announced ones are
 *   asked about, names by their IPs.
 * - It walks the network at random for nodes to ask. The nodes of the SPs, which are connected anyway, are enough.
 */
export class DialBacks implements Autonat, Startable {
  readonly #components: AutonatHostComponents
  readonly #own: OwnPublic
  readonly #service: Startable & WithResults
  #mayServe: ((peer: PeerIdString) => boolean) | undefined

  constructor(components: AutonatHostComponents, { clock }: AutonatInit) {
    this.#components = components
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
    // Connections that come meanwhile ask about what is known by then.
    void this.#own.resolve(this.#addresses())
    await this.#service.start()
  }

  async stop(): Promise<void> {
    await this.#service.stop()
  }

  results(): ReturnType<Autonat['results']> {
    return this.#own.results(this.#addresses(), dialled => {
      const { success = 0, failure = 0 } = this.#service.dialResults?.get(dialled) ?? {}
      return success > 0 ? 0 : failure
    })
  }

  admit(mayServe: ((peer: PeerIdString) => boolean) | undefined): void {
    this.#mayServe = mayServe
  }

  /** What we announce, and what we listen on: an interface with a public address is announced once it is proven. */
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
      if (this.#mayServe?.(connection.remotePeer.toString() as PeerIdString) === false) {
        stream.abort(new Error('dial backs are for nodes of listed SPs'))
        return
      }
      await handler(stream, await byIp(connection))
    }
    return this.#components.registrar.handle(protocol, guarded, options)
  }

  readonly #register: Registrar['register'] = (protocol, topology) => {
    const onConnect = (peer: PeerId, connection: Connection): void => {
      void this.#ask(topology, peer, connection)
    }
    return this.#components.registrar.register(protocol, { ...topology, onConnect })
  }

  async #ask(topology: Topology, peer: PeerId, connection: Connection): Promise<void> {
    await this.#own.resolve(this.#addresses())
    topology.onConnect?.(peer, await byIp(connection))
  }
}

/** The connection as one by IP: AutoNAT compares the ends by their IPs, and a connection that was dialled by name has none. */
async function byIp(connection: Connection): Promise<Connection> {
  const name = nameOf(connection.remoteAddr)
  if (name === undefined) return connection
  try {
    const { address, family } = await lookup(name)
    const rest = connection.remoteAddr.toString().split('/').slice(3).join('/')
    return overriding(connection, { remoteAddr: multiaddr(`/ip${family}/${address}/${rest}`) })
  } catch {
    return connection // AutoNAT leaves it out
  }
}

/** A walk that meets nobody. */
async function* nobody(): AsyncGenerator<never> {}
