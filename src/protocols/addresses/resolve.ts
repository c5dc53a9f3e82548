/**
 * Upstream: libp2p 3.3.11, `DialQueue.calculateMultiaddrs`: asks the connection gater about a DNS name, never about the
 * addresses it resolves to. Here a name is resolved once, what came is checked, and libp2p gets IP addresses only.
 */
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { UnreachableError } from '../../errors.js'
import { type LookupTxt, resolveDnsaddr } from './dnsaddr.js'
import { type Lookup, lookupByDns, lookupBySystem } from './lookup.js'
import { isPrivateAddress, nameOf } from './private.js'

/** IP addresses of one name that are dialled. */
const IPS_PER_NAME = 4

export interface ResolverInit {
  readonly allowPrivate: boolean
  /** Default: the system's resolver with `allowPrivate`, otherwise DNS first. */
  readonly lookup?: Lookup
  /** TXT records of a name. Default: DNS. */
  readonly lookupTxt?: LookupTxt
}

/** Resolves an address of `peer` to addresses by IP, private ones only with `allowPrivate`. */
export class AddressResolver {
  readonly #init: ResolverInit
  readonly #lookup: Lookup

  constructor(init: ResolverInit) {
    this.#init = init
    this.#lookup = init.lookup ?? (init.allowPrivate ? lookupBySystem : lookupByDns)
  }

  /** @throws UnreachableError where all are private, the resolver's error where it has no answer */
  async resolve(told: Multiaddr, peer: string, signal: AbortSignal): Promise<readonly Multiaddr[]> {
    const [host] = told.getComponents()
    if (host?.name === 'dnsaddr') return await this.#ofRecords(host.value ?? '', peer, signal)
    return await this.#byIp(told, signal)
  }

  async #ofRecords(name: string, peer: string, signal: AbortSignal): Promise<readonly Multiaddr[]> {
    const named = await resolveDnsaddr(name, peer, { ...this.#init, signal })
    if (named.length === 0) throw new UnreachableError(`/dnsaddr/${name} has no usable address of ${peer}`)
    const results = await Promise.allSettled(named.map(address => this.#byIp(address, signal)))
    const found = results.flatMap(result => (result.status === 'fulfilled' ? result.value : []))
    if (found.length > 0) return found
    throw results.find(result => result.status === 'rejected')?.reason
  }

  async #byIp(told: Multiaddr, signal: AbortSignal): Promise<readonly Multiaddr[]> {
    const { allowPrivate } = this.#init
    const name = nameOf(told)
    if (!allowPrivate && isPrivateAddress(told)) throw notPublic(`${told}`)
    if (name === undefined) return [told]
    const ips = [...new Set(await this.#lookup(name, signal))]
    const rest = told.toString().split('/').slice(3).join('/')
    const all = ips.map(ip => multiaddr(`/${ip.includes(':') ? 'ip6' : 'ip4'}/${ip.split('%', 1)[0]}/${rest}`))
    const open = all.filter(address => allowPrivate || !isPrivateAddress(address))
    if (open.length === 0)
      throw notPublic(`${told}, which resolves to ${ips.slice(0, IPS_PER_NAME).join(', ') || 'nothing'}`)
    return open.slice(0, IPS_PER_NAME)
  }
}

const notPublic = (what: string): UnreachableError =>
  new UnreachableError(`expected a public address, got ${what}: allowPrivate is off`, {
    hint: 'where the SPs share a machine or a private network, set AllowPrivate = true in [P2P]'
  })
