import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { InvalidArgumentError } from '../../index.js'
import { hostOf, isLoopback, type ListenAddress } from './address.js'
import { HttpApiError } from './http-error.js'

/** Shorter tokens are guessed; `start` makes one of 64 hex digits. */
export const MIN_TOKEN_CHARS = 16

/** Says why a request may not pass, or nothing. */
export type Guard = (request: FastifyRequest) => HttpApiError | undefined

/**
 * Bearer tokens, compared in constant time: both sides are hashed with a key of this process, so neither length nor
 * content of the token shows in the time taken.
 */
export function bearerGuard(token: string): Guard {
  const key = randomBytes(32)
  const digest = (text: string) => createHmac('sha256', key).update(text).digest()
  const expected = digest(token)
  return request => {
    const given = /^Bearer +([^\s]+) *$/i.exec(request.headers.authorization ?? '')?.[1]
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return undefined
    return new HttpApiError(
      401,
      'ERR_UNAUTHORIZED',
      `authorization: expected "Bearer TOKEN", got ${given === undefined ? 'no bearer token' : 'another token'}`,
      { hint: 'the token is in the file that [Api] TokenFile names' }
    )
  }
}

/**
 * A page that a browser loaded from elsewhere may reach a loopback address by DNS rebinding, but it cannot hide the
 * name it used: on loopback, `Host` and `Origin` must name loopback too.
 */
export function hostGuard(address: ListenAddress, allowedHosts: readonly string[] = []): Guard {
  const allowed = new Set(allowedHosts.map(host => host.toLowerCase()))
  if (!address.loopback && allowed.size === 0) return () => undefined
  const trusted = (host: string) => allowed.has(host) || (address.loopback && isLoopback(host))
  return request => {
    const host = hostOf(request.headers.host ?? '')
    if (!trusted(host)) return forbidden('host', host)
    const { origin } = request.headers
    if (origin !== undefined && !trusted(hostOf(origin.replace(/^[a-z]+:\/\//i, '')))) {
      return forbidden('origin', origin)
    }
    return undefined
  }
}

const forbidden = (header: string, got: string) =>
  new HttpApiError(
    403,
    'ERR_FORBIDDEN_HOST',
    `${header}: expected a loopback name, got ${JSON.stringify(got.slice(0, 80))}`,
    {
      hint: 'call the API as 127.0.0.1 or localhost, or name the host in allowedHosts'
    }
  )

/** A token that protects, or none on loopback. @throws InvalidArgumentError, which never shows the token */
export function requireToken(token: string | undefined, address: ListenAddress): void {
  if (token === undefined) {
    if (address.loopback) return
    throw new InvalidArgumentError('token', `a token, since ${address.host} is reachable from elsewhere`, 'none', {
      hint: 'set [Api] TokenFile, or bind to 127.0.0.1'
    })
  }
  if (token.length < MIN_TOKEN_CHARS || /\s/.test(token)) {
    throw new InvalidArgumentError(
      'token',
      `at least ${MIN_TOKEN_CHARS} characters without spaces`,
      `one of ${token.length} characters`
    )
  }
}
