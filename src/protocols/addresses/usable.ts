import { CODE_P2P, type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { isPrivateAddress } from './private.js'

/** The longest DNS name (RFC 1035: 253) with its protocol names fits. */
const MAX_TEXT = 320
const HOSTS = new Set(['ip4', 'ip6', 'dns', 'dns4', 'dns6'])

export interface AddressRules {
  readonly allowPrivate: boolean
  /** How many are taken. */
  readonly max: number
}

/**
 * What others tell of a node's addresses, as far as we would dial it: host and TCP port, without `/p2p/…`. No relays, no
 * `/dnsaddr`, private addresses only where they are meant. Looks at no more than twice as many as are taken.
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

/** An address of a kind that we do not know is none for us. */
export function readAddress(bytes: Uint8Array): Multiaddr[] {
  try {
    const address = multiaddr(bytes)
    return address.getComponents().length === 0 ? [] : [address]
  } catch {
    return []
  }
}
