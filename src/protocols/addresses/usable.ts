import { CODE_P2P, type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { isPrivateAddress } from './private.js'

/** Room for the longest DNS name (RFC 1035: 253) with its protocol names. */
const MAX_TEXT = 320
const HOSTS = new Set(['ip4', 'ip6', 'dns', 'dns4', 'dns6'])

export interface AddressRules {
  readonly allowPrivate: boolean
  /** Most addresses taken. */
  readonly max: number
}

/**
 * The addresses of a node that we would dial, of those that others told us: host and TCP port, without `/p2p/…`. No
 * relays, no `/dnsaddr`, private addresses only with `allowPrivate`. Reads at most twice as many as it takes.
 */
export function usableAddresses(told: readonly (string | Multiaddr)[], rules: AddressRules): readonly string[] {
  const taken = new Set<string>()
  for (const address of told.slice(0, rules.max * 2)) {
    if (taken.size === rules.max) break
    const usable = usableAddress(address, rules.allowPrivate)
    if (usable !== undefined) taken.add(usable)
  }
  return [...taken]
}

function usableAddress(told: string | Multiaddr, allowPrivate: boolean): string | undefined {
  try {
    if (typeof told === 'string' && told.length > MAX_TEXT) return undefined
    const address = typeof told === 'string' ? multiaddr(told) : told
    const [host, port, peer, ...rest] = address.getComponents().filter(part => part.name !== 'ip6zone')
    if (host === undefined || !HOSTS.has(host.name)) return undefined
    if (port?.name !== 'tcp' || port.value === '0' || rest.length > 0) return undefined
    if (peer !== undefined && peer.code !== CODE_P2P) return undefined
    if (!allowPrivate && isPrivateAddress(address)) return undefined
    return address.decapsulateCode(CODE_P2P).toString()
  } catch {
    return undefined
  }
}

/** The multiaddr in these bytes; none where they hold no multiaddr of known protocols. */
export function readAddress(bytes: Uint8Array): Multiaddr[] {
  try {
    const address = multiaddr(bytes)
    return address.getComponents().length === 0 ? [] : [address]
  } catch {
    return []
  }
}
