import { InvalidArgumentError } from '../../index.js'
import { type HostPort, isLoopback } from '../../kit/host-port.js'
import { bearerGuard, type Guard } from '../../kit/http/guards.js'
import { HttpError } from '../../kit/http/problem.js'

/** Shorter tokens can be guessed; `start` makes one of 64 hex digits. */
export const MIN_TOKEN_CHARS = 16

/** Hint of a request that named another host than the guard allows. */
export const CALL_AS_LOOPBACK = 'call the API as 127.0.0.1 or localhost, or name the host in [Api] AllowedHosts'

/**
 * The guard of a token that protects; none without a token, which only loopback may do.
 * @throws InvalidArgumentError, which never shows the token
 */
export function tokenGuards(token: string | undefined, { host }: HostPort): readonly Guard[] {
  if (token === undefined) {
    if (isLoopback(host)) return []
    throw new InvalidArgumentError('token', `a token, since ${host} is reachable from elsewhere`, 'none', {
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
  return [bearerGuard(token, unauthorized)]
}

const unauthorized = (got: string): HttpError =>
  new HttpError(401, 'ERR_UNAUTHORIZED', `authorization: expected "Bearer TOKEN", got ${got}`, {
    hint: 'the token is in the file that [Api] TokenFile names'
  })
