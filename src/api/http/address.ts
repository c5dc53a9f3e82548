import { isIPv4, isIPv6 } from 'node:net'
import { InvalidArgumentError } from '../../index.js'

export interface ListenAddress {
  readonly host: string
  readonly port: number
  /** Only this machine reaches it. */
  readonly loopback: boolean
}

/** Reads `HOST:PORT`; an IPv6 host stands in brackets, port 0 lets the system choose. @throws InvalidArgumentError */
export function parseListenAddress(what: string, text: string): ListenAddress {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  const bracketed = match?.[1] !== undefined
  if (host === undefined || port > 65_535 || (bracketed && !isIPv6(host))) {
    throw new InvalidArgumentError(what, 'HOST:PORT, e.g. 127.0.0.1:9380 or [::1]:9380', text)
  }
  return { host, port, loopback: isLoopback(host) }
}

/** 127.0.0.0/8, ::1 and the name localhost. */
export const isLoopback = (host: string): boolean =>
  host.toLowerCase() === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))

/** The host part of a `Host` header or an authority, without port and brackets. */
export function hostOf(authority: string): string {
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(authority)
  return (match?.[1] ?? match?.[2] ?? '').toLowerCase()
}

export const baseUrl = (host: string, port: number): string => `http://${isIPv6(host) ? `[${host}]` : host}:${port}`
