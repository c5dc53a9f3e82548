import { isIPv4, isIPv6 } from 'node:net'

export interface HostPort {
  readonly host: string
  readonly port: number
}

/** RFC 1035 names, with the underscore that some internal names have. */
const DNS_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)*\.?$/i

/**
 * Reads `HOST:PORT`, where HOST is an IPv4 address, an IPv6 address in brackets or a DNS name.
 * @param noHost what stands for `:PORT`; without it the host is required
 */
export function parseHostPort(text: string, noHost?: string): HostPort | undefined {
  const [, v6, name, digits] = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (digits === undefined || port > 65_535) return undefined
  if (v6 !== undefined) return isIPv6(v6) ? { host: v6, port } : undefined
  const host = name === '' ? noHost : name
  // 1.2.3.999 is neither an address nor a name
  const good = host !== undefined && (isIPv4(host) || (DNS_NAME.test(host) && !/^[\d.]+$/.test(host)))
  return good ? { host, port } : undefined
}

export const isDnsName = (text: string): boolean => DNS_NAME.test(text)

export const showHostPort = ({ host, port }: HostPort): string =>
  isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`

/** 127.0.0.0/8, ::1 and the name localhost. */
export const isLoopback = (host: string): boolean =>
  host.toLowerCase() === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
