import { BlockList, isIP } from 'node:net'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'

/** Loopback, private, link-local, multicast, documentation and other special ranges: RFC 6890, RFC 6598, RFC 7526. */
const SPECIAL_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4'
]
/**
 * All but `2000::/3`, the global unicast addresses (RFC 4291), and of those the ranges for protocols (Teredo, ORCHID),
 * documentation and 6to4: RFC 2928, RFC 3849, RFC 9637, RFC 3056.
 */
const SPECIAL_V6 = ['::/3', '4000::/2', '8000::/1', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']

const special = { v4: listOf(SPECIAL_V4, 'ipv4'), v6: listOf(SPECIAL_V6, 'ipv6') }

function listOf(ranges: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [network = '', prefix] = range.split('/')
    list.addSubnet(network, Number(prefix), family)
  }
  return list
}

/** `::ffff:0:0/96`: an IPv4 address in IPv6's form. */
const MAPPED_HEX = '00000000000000000000ffff'

/** The bytes of an IP address: four of an IPv4 address, also where it is mapped into IPv6; `undefined` for other text. */
export function ipBytes(ip: string): Buffer | undefined {
  const bare = ip.split('%', 1)[0] ?? ''
  const family = isIP(bare)
  if (family === 0) return undefined
  const bytes = Buffer.from(multiaddr(`/ip${family}/${bare}`).bytes.subarray(1))
  return bytes.length === 16 && bytes.toString('hex', 0, 12) === MAPPED_HEX ? bytes.subarray(12) : bytes
}

/** Whether an IP address is not public unicast; true for any text that is no IP address. */
export function isPrivateIp(ip: string): boolean {
  const bytes = ipBytes(ip)
  if (bytes === undefined) return true
  return bytes.length === 4
    ? special.v4.check(bytes.join('.'), 'ipv4')
    : special.v6.check(ip.split('%', 1)[0] ?? '', 'ipv6')
}

/** The IP address in front of a multiaddr; `undefined` for a name. */
export function ipOf(address: Multiaddr): string | undefined {
  const first = address.getComponents().find(part => part.name !== 'ip6zone')
  return first?.name === 'ip4' || first?.name === 'ip6' ? first.value : undefined
}

/** The DNS name in front of a multiaddr. */
export function nameOf(address: Multiaddr): string | undefined {
  const [host] = address.getComponents()
  return host !== undefined && /^dns[46]?$/.test(host.name) ? host.value : undefined
}

/** What the system's resolver reads as an IPv4 address, in any base: a last label that is a number. Or an IPv6 address. */
const NUMERIC = /(^|\.)(0x[0-9a-f]*|\d+)\.?$|:/i

/**
 * Whether an address can be seen to be none that everybody may dial: a private IP address, an IP address spelled as a name,
 * or no host at all. What other names stand for is judged when they are resolved (`resolve.ts`).
 */
export function isPrivateAddress(address: Multiaddr): boolean {
  const ip = ipOf(address)
  if (ip !== undefined) return isPrivateIp(ip)
  const name = nameOf(address)
  return name === undefined || NUMERIC.test(name)
}
