import { isIPv6 } from 'node:net'
import type { Multiaddr } from '@multiformats/multiaddr'
import { ipOf } from '../address-filter.js'

/** The block that one operator is taken to hold, for rate limits: /24 of IPv4, /64 of IPv6; '' for a name. */
export function addressBlockOf(remote: Multiaddr): string {
  const ip = ipOf(remote)
  if (ip === undefined) return ''
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1]
  const v4 = mapped ?? (isIPv6(ip) ? undefined : ip)
  if (v4 !== undefined) return `${v4.split('.', 3).join('.')}.0/24`
  return `${firstGroups(ip).join(':')}::/64`
}

function firstGroups(ip: string): string[] {
  const [head = '', tail = ''] = ip.split('::', 2)
  const front = head === '' ? [] : head.split(':')
  const back = tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0')
  return [...front, ...zeros, ...back].slice(0, 4).map(group => Number.parseInt(group, 16).toString(16))
}
