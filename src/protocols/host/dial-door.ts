import type { Connection, DialOptions, PeerId, PeerStore } from '@libp2p/interface'
import { CODE_P2P, type Multiaddr } from '@multiformats/multiaddr'
import { UnreachableError } from '../../errors.js'
import { BoundedMap } from '../../kit/bounded-map.js'
import { type Clock, systemClock } from '../../kit/clock.js'
import { AddressResolver, type ResolverInit } from '../addresses/resolve.js'
import type { ConnectOptions, P2PHost } from './host.js'

/** An IP address of several that does not take the connection by then gives way to the next one, ms. */
const NEXT_ADDRESS_MS = 1_000
/** Addresses that libp2p knows of a peer, where we know none. */
const MAX_KNOWN = 8
/** Resolved addresses remembered, several times the dials at once. */
const MAX_RESOLVED = 4_096

export interface DialDoorInit extends ResolverInit {
  readonly host: Pick<P2PHost, 'connections'> & { readonly peerStore: Pick<PeerStore, 'get'> }
  /** libp2p's dial. It gets addresses by IP that were checked, each with `/p2p/…`. */
  readonly dial: (
    addresses: Multiaddr[],
    options: DialOptions & { readonly signal: AbortSignal }
  ) => Promise<Connection>
  /** Asks the peer routing of the host. */
  readonly findPeer?: (peer: PeerId, signal: AbortSignal) => Promise<readonly Multiaddr[]>
  readonly clock?: Clock
}

/** The one way to dial a node: names are resolved and every address is checked here, on our own host and on a borrowed one. */
export class DialDoor {
  readonly #init: DialDoorInit
  readonly #resolver: AddressResolver
  readonly #toldAs = new BoundedMap<string, string>(MAX_RESOLVED)

  constructor(init: DialDoorInit) {
    this.#init = init
    this.#resolver = new AddressResolver(init)
  }

  /** @throws UnreachableError where no address may be dialled; AggregateError where several failed */
  async connect(peer: PeerId, addresses: readonly Multiaddr[], options: ConnectOptions): Promise<Connection> {
    const { host } = this.#init
    const open = host.connections(peer).find(({ status, limits }) => status === 'open' && limits === undefined)
    if (open !== undefined && options.anew !== true) return open
    const told = addresses.length > 0 ? addresses : await this.#known(peer, options.signal)
    if (told.length === 0) throw new UnreachableError(`no address of ${peer} is known`)
    const errors: unknown[] = []
    for (const [index, address] of told.entries()) {
      try {
        return await this.#dialTold(peer, address, index === told.length - 1, options)
      } catch (error) {
        options.signal.throwIfAborted()
        errors.push(...(error instanceof AggregateError ? error.errors : [error]))
      }
    }
    throw errors.length === 1 ? errors[0] : new AggregateError(errors, `no address of ${peer} answers`)
  }

  /** The address, as it was told, that an outbound connection was dialled at. */
  dialledAs({ remotePeer, remoteAddr }: Connection): string {
    const dialled = remoteAddr.decapsulateCode(CODE_P2P).toString()
    return this.#toldAs.get(`${dialled}/p2p/${remotePeer}`) ?? dialled
  }

  async #dialTold(peer: PeerId, told: Multiaddr, isLast: boolean, options: ConnectOptions): Promise<Connection> {
    const bare = told.decapsulateCode(CODE_P2P)
    const resolved = await this.#resolver.resolve(bare, peer.toString(), options.signal)
    const errors: unknown[] = []
    for (const [index, address] of resolved.entries()) {
      const target = address.decapsulateCode(CODE_P2P).encapsulate(`/p2p/${peer}`)
      this.#toldAs.set(target.toString(), bare.toString())
      try {
        return await this.#dialOne(target, isLast && index === resolved.length - 1, options)
      } catch (error) {
        options.signal.throwIfAborted()
        errors.push(error)
      }
    }
    throw errors.length === 1 ? errors[0] : new AggregateError(errors, `no address of ${told} answers`)
  }

  async #dialOne(target: Multiaddr, isLast: boolean, options: ConnectOptions): Promise<Connection> {
    const { dial, clock = systemClock } = this.#init
    const patience = new AbortController()
    const giveUp = (): void => patience.abort(new DOMException('no answer', 'TimeoutError'))
    const timer = isLast ? undefined : clock.setTimeout(giveUp, NEXT_ADDRESS_MS)
    const onReached = (): void => {
      clock.clearTimeout(timer)
      options.onReached?.()
    }
    try {
      return await dial([target], {
        signal: AbortSignal.any([options.signal, patience.signal]),
        force: options.anew === true,
        onProgress: ({ type }) => {
          if (type === 'upgrader:encrypt-outbound-connection') onReached()
        }
      })
    } finally {
      clock.clearTimeout(timer)
    }
  }

  /** What the peer told libp2p itself, or else what the peer routing finds. */
  async #known(peer: PeerId, signal: AbortSignal): Promise<readonly Multiaddr[]> {
    const { host, findPeer } = this.#init
    const stored = await host.peerStore.get(peer, { signal }).catch(() => undefined)
    const told = stored?.addresses.map(({ multiaddr }) => multiaddr) ?? []
    const found = told.length > 0 ? told : ((await findPeer?.(peer, signal).catch(() => [])) ?? [])
    return found.slice(0, MAX_KNOWN)
  }
}
