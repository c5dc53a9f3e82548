import type { Multiaddr } from '@multiformats/multiaddr'
import { ipBytes, ipOf, isPrivateIp } from './private.js'

/** Of connections' addresses: each message asks again. */
const blocks = new WeakMap<Multiaddr, string>()

/** The address block that rate limits count as one operator: /24 of IPv4, /64 of IPv6; '' for a name. */
export function addressBlockOf(remote: Multiaddr): string {
  const known = blocks.get(remote)
  if (known !== undefined) return known
  const block = blockOf(remote)
  blocks.set(remote, block)
  return block
}

function blockOf(remote: Multiaddr): string {
  const bytes = ipBytes(ipOf(remote) ?? '')
  if (bytes === undefined) return ''
  if (bytes.length === 4) return `${bytes.subarray(0, 3).join('.')}.0/24`
  return `${[0, 2, 4, 6].map(at => bytes.readUInt16BE(at).toString(16)).join(':')}::/64`
}

/** What one machine has to itself: an IPv4 address, or an IPv6 block; '' for a name. */
export function machineOf(remote: Multiaddr): string {
  const ip = ipOf(remote) ?? ''
  return ip.includes(':') ? addressBlockOf(remote) : ip
}

/** Whether honest nodes of many SPs may share the address, as in a local cluster: limits per address do not bind it. */
export function isShared(remote: Multiaddr, allowPrivate: boolean): boolean {
  const ip = allowPrivate ? ipOf(remote) : undefined
  return ip !== undefined && isPrivateIp(ip)
}

/** The block whose peers share a limit; none where honest nodes of many SPs may. */
export const limitedBlockOf = (remote: Multiaddr, allowPrivate: boolean): string | undefined =>
  isShared(remote, allowPrivate) ? undefined : addressBlockOf(remote)
