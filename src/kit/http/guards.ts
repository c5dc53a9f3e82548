/** Checks of a request's head, before its body is read. */
import type { FastifyRequest } from 'fastify'
import { type HostPort, isLoopback } from '../host-port.js'
import { secretCheck } from '../secret.js'
import { HttpError } from './problem.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers without a token. */
    readonly public?: boolean
  }
}

/** Throws the fault to answer with when a request is not allowed. */
export type Guard = (request: FastifyRequest) => void

/** The bearer token of a request (RFC 6750). */
export const bearerOf = ({ headers }: FastifyRequest): string | undefined =>
  /^Bearer +([^\s]+) *$/i.exec(headers.authorization ?? '')?.[1]

/**
 * A bearer token, compared in constant time; routes marked `public` need none.
 * @param refusal the fault of a request without it
 */
export function bearerGuard(token: string, refusal: (got: string) => Error): Guard {
  const isToken = secretCheck(token)
  return request => {
    if (request.routeOptions.config?.public === true) return
    const given = bearerOf(request)
    if (given === undefined) throw refusal('no bearer token')
    if (!isToken(given)) throw refusal('another token')
  }
}

/**
 * A page that a browser loaded from elsewhere may reach a loopback address by DNS rebinding, but it cannot hide the
 * name it used: on loopback, `Host` and `Origin` must name loopback or one of `allowed`. A server bound elsewhere may be
 * called by names that we do not know; there the rule holds where `allowed` names some.
 */
export function hostGuard({ host: bound }: HostPort, allowed: readonly string[], hint: string): Guard {
  const loopback = isLoopback(bound)
  const names = new Set(allowed.map(name => name.toLowerCase()))
  if (!loopback && names.size === 0) return () => undefined
  const trusted = (host: string): boolean => names.has(host) || isLoopback(host)
  const forbidden = (header: string, got: string): HttpError =>
    new HttpError(
      403,
      'ERR_FORBIDDEN_HOST',
      `${header}: expected a loopback name, got ${JSON.stringify(got.slice(0, 80))}`,
      { hint }
    )
  return ({ headers: { host = '', origin } }) => {
    const name = hostOf(host)
    if (!trusted(name)) throw forbidden('host', name)
    if (origin !== undefined && !trusted(hostOf(origin.replace(/^[a-z]+:\/\//i, '')))) {
      throw forbidden('origin', origin)
    }
  }
}

/** The host part of a `Host` header or an authority, without port and brackets. */
function hostOf(authority: string): string {
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(authority)
  return (match?.[1] ?? match?.[2] ?? '').toLowerCase()
}
