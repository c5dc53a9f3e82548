import { isIPv4, isIPv6 } from 'node:net'
import { multiaddr } from '@multiformats/multiaddr'
import type { PeerIdString } from '../domain/brands.js'
import { InvalidArgumentError } from '../errors.js'
import { parsePeerId } from './peer-id.js'

/** A bootstrap entry `PEERID@HOST:PORT` taken apart; HOST is an IPv4, a bracketed IPv6 or a DNS name. */
export interface BootstrapEntry {
  readonly peerId: PeerIdString
  /** `/ip4|ip6|dns4/HOST/tcp/PORT`. */
  readonly address: string
}

const EXPECTED = 'PEERID@HOST:PORT, HOST an IPv4, [IPv6] or DNS name'
const DNS_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\.?$/i

/** @throws InvalidArgumentError */
export function parseBootstrap(entry: string): BootstrapEntry {
  const at = entry.indexOf('@')
  const peerId = at > 0 ? parsePeerId(entry.slice(0, at)) : undefined
  const address = addressOf(entry.slice(at + 1))
  if (peerId === undefined || address === undefined) throw new InvalidArgumentError('bootstrap entry', EXPECTED, entry)
  return { peerId, address }
}

function addressOf(hostAndPort: string): string | undefined {
  const colon = hostAndPort.lastIndexOf(':')
  const portText = hostAndPort.slice(colon + 1)
  const port = Number(portText)
  if (colon < 1 || !/^\d{1,5}$/.test(portText) || port < 1 || port > 65_535) return undefined
  const host = hostAndPort.slice(0, colon)
  if (isIPv4(host)) return `/ip4/${host}/tcp/${port}`
  if (host.startsWith('[') && host.endsWith(']') && isIPv6(host.slice(1, -1)))
    return `/ip6/${host.slice(1, -1)}/tcp/${port}`
  return DNS_NAME.test(host) && !/^[\d.]+$/.test(host) ? `/dns4/${host}/tcp/${port}` : undefined
}

/** The entry of a TCP multiaddr; `undefined` for any other transport. */
export function formatBootstrap(peerId: PeerIdString, address: string): string | undefined {
  const [host, port] = multiaddr(address).getComponents()
  if (port?.name !== 'tcp' || host?.value === undefined) return undefined
  if (!['ip4', 'ip6', 'dns', 'dns4', 'dns6'].includes(host.name)) return undefined
  return `${peerId}@${host.name === 'ip6' ? `[${host.value}]` : host.value}:${port.value}`
}
