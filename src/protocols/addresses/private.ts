/**
 * Upstream: libp2p 3.3.11, `DialQueue.calculateMultiaddrs`: asks the connection gater about a DNS name, never about the
 * addresses it resolves to. `publicLookup` filters those at the moment of the dial, in the TCP transport.
 */
import { type LookupAddress, type LookupOptions, lookup } from 'node:dns'
import { BlockList, isIP, isIPv4 } from 'node:net'
import type { Multiaddr } from '@multiformats/multiaddr'

/** Loopback, private, link-local, multicast, documentation and other special ranges: RFC 6890, RFC 6598, RFC 4193. */
const SPECIAL: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 127],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8]
]

const special = new BlockList()
for (const [network, prefix] of SPECIAL) special.addSubnet(network, prefix, isIPv4(network) ? 'ipv4' : 'ipv6')

/** Whether an IP address is not public unicast: anything of {@link SPECIAL}, and any text that is no IP address. */
export function isPrivateIp(ip: string): boolean {
  const bare = ip.split('%', 1)[0] ?? ip
  const family = isIP(bare)
  return family === 0 || special.check(bare, family === 4 ? 'ipv4' : 'ipv6')
}

/** The IP address in front of a multiaddr; `undefined` for a name. */
export function ipOf(address: Multiaddr): string | undefined {
  const first = address.getComponents().find(part => part.name !== 'ip6zone')
  return first?.name === 'ip4' || first?.name === 'ip6' ? first.value : undefined
}

/** Whether the gater denies an address. DNS names pass here; `publicLookup` filters what they resolve to. */
export function isPrivateAddress(address: Multiaddr): boolean {
  const ip = ipOf(address)
  if (ip !== undefined) return isPrivateIp(ip)
  const name = address.getComponents()[0]?.name
  return name !== 'dns' && name !== 'dns4' && name !== 'dns6'
}

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void

/** `dns.lookup` without private addresses in its result; a name that has no others fails. */
export function publicLookup(name: string, options: LookupOptions, callback: LookupCallback): void {
  lookup(name, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, [])
    const open = addresses.filter(({ address }) => !isPrivateIp(address))
    const [first] = open
    if (first === undefined) {
      const refused: NodeJS.ErrnoException = new Error(`${name} resolves to private addresses only`)
      refused.code = 'ERR_PRIVATE_ADDRESS'
      return callback(refused, [])
    }
    if (options.all === true) callback(null, open)
    else callback(null, first.address, first.family)
  })
}
