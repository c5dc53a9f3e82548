import { createHash, timingSafeEqual } from 'node:crypto'
import { requireSpAddress } from '../codec/address.js'
import type { SpAddress } from '../domain/brands.js'
import { ConfigError, CoordinatorRefusedError, InvalidArgumentError } from '../errors.js'

export interface JoinRules {
  /** Operator addresses that may join. */
  readonly allow?: readonly string[] | undefined
  /** Whoever knows one of these may join. */
  readonly joinTokens?: readonly string[] | undefined
  /** Anyone may join: for trials only. */
  readonly open?: boolean | undefined
}

/** A token is a secret that is guessed over the network: 16 characters of a random text are 80 bits and more. */
const MIN_TOKEN_LENGTH = 16

/** Who may join. */
export class JoinPolicy {
  readonly #allow: ReadonlySet<SpAddress>
  readonly #tokens: readonly Buffer[]
  readonly #open: boolean

  /** @throws ConfigError when nobody could join | InvalidArgumentError */
  constructor({ allow = [], joinTokens = [], open = false }: JoinRules) {
    if (allow.length === 0 && joinTokens.length === 0 && !open) {
      throw new ConfigError('coordinator: expected an allow-list, a join token or open = true, got none of them', {
        hint: 'nobody could join'
      })
    }
    const short = joinTokens.find(token => token.length < MIN_TOKEN_LENGTH)
    if (short !== undefined) {
      throw new InvalidArgumentError('join token', `at least ${MIN_TOKEN_LENGTH} characters`, short.length)
    }
    this.#allow = new Set(allow.map((address, index) => requireSpAddress(`allow[${index}]`, address)))
    this.#tokens = joinTokens.map(digest)
    this.#open = open
  }

  /** The strictest that lets anyone in, for people. */
  get mode(): 'open' | 'token' | 'allow-list' {
    if (this.#open) return 'open'
    return this.#tokens.length > 0 ? 'token' : 'allow-list'
  }

  /** @throws CoordinatorRefusedError */
  require(sp: SpAddress, token: string | undefined): void {
    if (this.#open || this.#allow.has(sp)) return
    if (token !== undefined && isOneOf(token, this.#tokens)) return
    const expected = this.#tokens.length > 0 ? 'one on the allow-list or a good join token' : 'one on the allow-list'
    throw new CoordinatorRefusedError('not-admitted', `SP ${sp}: expected ${expected}`, { httpStatus: 403 })
  }
}

/** Compares digests, each of them, so that neither length nor place of a wrong character shows in the time. */
export function isOneOf(secret: string, digests: readonly Buffer[]): boolean {
  const given = digest(secret)
  return digests.reduce((found, known) => timingSafeEqual(given, known) || found, false)
}

export const digest = (secret: string): Buffer => createHash('sha256').update(secret, 'utf8').digest()
