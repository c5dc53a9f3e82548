/** Kinds for network addresses. A name stays a name: it is resolved when it is dialled. */
import { isIP, isIPv4, isIPv6 } from 'node:net'
import { type Kind, matching } from './kinds.js'

export interface HostPort {
  readonly host: string
  readonly port: number
}

const DNS_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)*\.?$/i
const PEER_ID = /^[1-9A-HJ-NP-Za-km-z]{46,64}$/

/** `HOST:PORT`, `[IPv6]:PORT` or, as Go writes “every interface”, `:PORT`. */
export function parseHostPort(text: string): HostPort | undefined {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text)
  if (match === null) return undefined
  const [, v6, name, digits] = match
  const port = Number(digits)
  if (port > 65_535) return undefined
  if (v6 !== undefined) return isIPv6(v6) ? { host: v6, port } : undefined
  const host = name === undefined || name === '' ? '0.0.0.0' : name
  // 1.2.3.999 is no address, and no name either
  const good = isIPv4(host) || (DNS_NAME.test(host) && !/^[\d.]+$/.test(host))
  return good ? { host, port } : undefined
}

export const showHostPort = ({ host, port }: HostPort): string =>
  isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`

/** As a multiaddr: `/ip4/…`, `/ip6/…` or `/dns4/…`. */
export function toMultiaddr({ host, port }: HostPort): string {
  const protocol = { 0: 'dns4', 4: 'ip4', 6: 'ip6' }[isIP(host)]
  return `/${protocol}/${host}/tcp/${port}`
}

const quoted = (text: string): string => `'${text}'`
const refuse = (expected: string, raw: unknown) =>
  ({ ok: false, expected, got: typeof raw === 'string' ? JSON.stringify(raw.slice(0, 120)) : typeof raw }) as const

function hostPortKind(expected: string, fits: (value: HostPort) => boolean): Kind<string> {
  return {
    name: 'HOST:PORT',
    expected,
    fromText: text => text,
    show: quoted,
    parse: raw => {
      const value = typeof raw === 'string' ? parseHostPort(raw.trim()) : undefined
      return value !== undefined && fits(value) ? { ok: true, value: showHostPort(value) } : refuse(expected, raw)
    }
  }
}

/** Where we listen: an own address; port 0 lets the system choose. */
export const listenAddress = hostPortKind(
  "IP:PORT to listen on, e.g. '0.0.0.0:9933' or '[::]:9933'",
  ({ host }) => isIP(host) !== 0 || host === 'localhost'
)

/** Where others reach us. */
export const announcedAddress = hostPortKind(
  "HOST:PORT that others can dial, e.g. 'sp0.example.com:9933'",
  ({ host, port }) => port > 0 && host !== '0.0.0.0' && host !== '::'
)

export const bootstrapEntry: Kind<string> = {
  name: 'PEERID@HOST:PORT',
  expected: "PEERID@HOST:PORT, e.g. '16Uiu2HA…@sp1.example.com:9933' or '16Uiu2HA…@[2001:db8::1]:9933'",
  fromText: text => text,
  show: quoted,
  parse: raw => {
    const [peer, at, ...rest] = typeof raw === 'string' ? raw.trim().split('@') : []
    const value = at === undefined || rest.length > 0 ? undefined : parseHostPort(at)
    return peer !== undefined && PEER_ID.test(peer) && value !== undefined && value.port > 0
      ? { ok: true, value: `${peer}@${showHostPort(value)}` }
      : refuse(bootstrapEntry.expected, raw)
  }
}

/** A multiaddr as the TCP transport takes it. */
export const multiaddr: Kind<string> = {
  ...matching('multiaddr', "a TCP multiaddr, e.g. '/ip4/0.0.0.0/tcp/9933' or '/dns4/sp0.example.com/tcp/9933'", /^\//),
  parse: raw => {
    const text = typeof raw === 'string' ? raw.trim() : ''
    const [, host = '', address = '', port = ''] =
      /^\/(ip4|ip6|dns|dns4|dns6)\/([^/]+)\/tcp\/(\d{1,5})$/.exec(text) ?? []
    const fits = host === 'ip4' ? isIPv4(address) : host === 'ip6' ? isIPv6(address) : DNS_NAME.test(address)
    return port !== '' && fits && Number(port) <= 65_535 ? { ok: true, value: text } : refuse(multiaddr.expected, raw)
  }
}
