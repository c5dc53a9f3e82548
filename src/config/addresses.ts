/** Kinds for network addresses. A name stays a name: it is resolved when it is dialled. */
import { isIP, isIPv4, isIPv6 } from 'node:net'
import { type HostPort, isDnsName, parseHostPort, showHostPort } from '../kit/host-port.js'
import { checkedText, type Kind } from './kinds.js'

const PEER_ID = /^[1-9A-HJ-NP-Za-km-z]{46,64}$/

/** `:PORT` means every interface, as in Go. */
const parseAddress = (text: string): HostPort | undefined => parseHostPort(text, '0.0.0.0')

/** As a multiaddr: `/ip4/…`, `/ip6/…` or `/dns4/…`. */
export function toMultiaddr({ host, port }: HostPort): string {
  const protocol = { 0: 'dns4', 4: 'ip4', 6: 'ip6' }[isIP(host)]
  return `/${protocol}/${host}/tcp/${port}`
}

/** A text that `read` brings into the stored form; `undefined` means that it is invalid. */
const addressKind = (name: string, expected: string, read: (text: string) => string | undefined): Kind<string> =>
  checkedText(name, expected, read, raw => (typeof raw === 'string' ? JSON.stringify(raw.slice(0, 120)) : typeof raw))

const hostPortKind = (expected: string, fits: (value: HostPort) => boolean): Kind<string> =>
  addressKind('HOST:PORT', expected, text => {
    const value = parseAddress(text)
    return value !== undefined && fits(value) ? showHostPort(value) : undefined
  })

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

export const bootstrapEntry = addressKind(
  'PEERID@HOST:PORT',
  "PEERID@HOST:PORT, e.g. '16Uiu2HA…@sp1.example.com:9933' or '16Uiu2HA…@[2001:db8::1]:9933'",
  text => {
    const [peer = '', at, ...rest] = text.split('@')
    const value = at === undefined || rest.length > 0 ? undefined : parseAddress(at)
    return PEER_ID.test(peer) && value !== undefined && value.port > 0 ? `${peer}@${showHostPort(value)}` : undefined
  }
)

/** A multiaddr as the TCP transport takes it. */
export const multiaddr = addressKind(
  'multiaddr',
  "a TCP multiaddr, e.g. '/ip4/0.0.0.0/tcp/9933' or '/dns4/sp0.example.com/tcp/9933'",
  text => {
    const [, host = '', address = '', port = ''] =
      /^\/(ip4|ip6|dns|dns4|dns6)\/([^/]+)\/tcp\/(\d{1,5})$/.exec(text) ?? []
    const fits = host === 'ip4' ? isIPv4(address) : host === 'ip6' ? isIPv6(address) : isDnsName(address)
    return port !== '' && fits && Number(port) <= 65_535 ? text : undefined
  }
)
