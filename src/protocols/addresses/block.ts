import type { Multiaddr } from '@multiformats/multiaddr'
import { ipOf } from './private.js'

/** The block that one operator is taken to hold, for rate limits: /24 of IPv4, /64 of IPv6; '' for a name. */
export function addressBlockOf(remote: Multiaddr): string {
  const ip = ipOf(remote)
  if (ip === undefined) return ''
  if (!ip.includes(':')) return blockOfV4(ip.split('.').map(Number))
  const groups = groupsOf(ip)
  const mapped = groups.slice(0, 5).every(group => group === 0) && groups[5] === 0xffff
  if (mapped) return blockOfV4(groups.slice(6).flatMap(group => [group >> 8, group & 255]))
  return `${groups
    .slice(0, 4)
    .map(group => group.toString(16))
    .join(':')}::/64`
}

const blockOfV4 = (bytes: readonly number[]): string => `${bytes.slice(0, 3).join('.')}.0/24`

/** The eight groups of an IPv6 address as multiaddrs spell it: hex, one `::` at most. */
function groupsOf(ip: string): number[] {
  const [head = '', tail] = ip.split('::', 2)
  const front = parse(head)
  const back = parse(tail ?? '')
  return [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back]
}

const parse = (part: string): number[] => (part === '' ? [] : part.split(':').map(group => Number.parseInt(group, 16)))
