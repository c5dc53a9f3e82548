import { isIPv4, isIPv6 } from 'node:net'
import { multiaddr } from '@multiformats/multiaddr'
import type { PeerIdString } from '../domain/brands.js'
import { InvalidArgumentError } from '../errors.js'
import { parseHostPort, showHostPort } from '../kit/host-port.js'
import { parsePeerId } from './peer-id.js'

/** A parsed bootstrap entry `PEERID@HOST:PORT`; HOST is an IPv4, a bracketed IPv6 or a DNS name. */
export interface BootstrapEntry {
  readonly peerId: PeerIdString
  /** `/ip4|ip6|dns4/HOST/tcp/PORT`. */
  readonly address: string
}

const EXPECTED = 'PEERID@HOST:PORT, HOST an IPv4, [IPv6] or DNS name'

/** @throws InvalidArgumentError */
export function parseBootstrap(entry: string): BootstrapEntry {
  if (typeof entry !== 'string') throw new InvalidArgumentError('bootstrap entry', EXPECTED, entry)
  const at = entry.indexOf('@')
  const peerId = at > 0 ? parsePeerId(entry.slice(0, at)) : undefined
  const address = addressOf(entry.slice(at + 1))
  if (peerId === undefined || address === undefined) throw new InvalidArgumentError('bootstrap entry', EXPECTED, entry)
  return { peerId, address }
}

function addressOf(hostAndPort: string): string | undefined {
  const { host, port } = parseHostPort(hostAndPort) ?? {}
  if (host === undefined || port === 0) return undefined
  return `/${isIPv4(host) ? 'ip4' : isIPv6(host) ? 'ip6' : 'dns4'}/${host}/tcp/${port}`
}

/** The entry of a TCP multiaddr; `undefined` for any other transport. */
export function formatBootstrap(peerId: PeerIdString, address: string): string | undefined {
  const [host, port] = multiaddr(address).getComponents()
  if (port?.name !== 'tcp' || host?.value === undefined) return undefined
  if (!['ip4', 'ip6', 'dns', 'dns4', 'dns6'].includes(host.name)) return undefined
  return `${peerId}@${showHostPort({ host: host.value, port: Number(port.value) })}`
}
