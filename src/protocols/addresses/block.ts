import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { ipOf } from './private.js'

/** `::ffff:0:0/96`: an IPv4 address in IPv6's form. */
const MAPPED_HEX = '00000000000000000000ffff'

/** The address block that rate limits count as one operator: /24 of IPv4, /64 of IPv6; '' for a name. */
export function addressBlockOf(remote: Multiaddr): string {
  const ip = ipOf(remote)
  if (ip === undefined) return ''
  const bytes = Buffer.from(multiaddr(ip.includes(':') ? `/ip6/${ip}` : `/ip4/${ip}`).bytes.subarray(1))
  const v4 = bytes.length === 4 ? bytes : bytes.toString('hex', 0, 12) === MAPPED_HEX ? bytes.subarray(12) : undefined
  if (v4 !== undefined) return `${v4.subarray(0, 3).join('.')}.0/24`
  return `${[0, 2, 4, 6].map(at => bytes.readUInt16BE(at).toString(16)).join(':')}::/64`
}
