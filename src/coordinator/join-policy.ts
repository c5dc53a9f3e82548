import { requireSpAddress } from '../codec/address.js'
import type { SpAddress } from '../domain/brands.js'
import { ConfigError, CoordinatorRefusedError, InvalidArgumentError } from '../errors.js'
import { secretCheck } from '../kit/secret.js'
import type { CoordinatorOptions } from './index.js'

/** A token can be guessed over the network: 16 random characters have at least 80 bits. */
export const MIN_TOKEN_LENGTH = 16

/** Decides whether an SP may join. */
export class JoinPolicy {
  readonly #allow: ReadonlySet<SpAddress>
  readonly #isToken: ((token: string) => boolean) | undefined
  readonly #open: boolean

  /** @throws ConfigError when nobody could join | InvalidArgumentError */
  constructor({
    allow = [],
    joinTokens = [],
    open = false
  }: Pick<CoordinatorOptions, 'allow' | 'joinTokens' | 'open'>) {
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
    this.#isToken = joinTokens.length === 0 ? undefined : secretCheck(...joinTokens)
    this.#open = open
  }

  /** The most permissive rule in force, for display. */
  get mode(): 'open' | 'token' | 'allow-list' {
    if (this.#open) return 'open'
    return this.#isToken === undefined ? 'allow-list' : 'token'
  }

  /** @throws CoordinatorRefusedError */
  require(sp: SpAddress, token: string | undefined): void {
    if (this.#open || this.#allow.has(sp)) return
    if (token !== undefined && this.#isToken?.(token) === true) return
    const expected =
      this.#isToken === undefined ? 'one on the allow-list' : 'one on the allow-list or a good join token'
    throw new CoordinatorRefusedError('not-admitted', `SP ${sp}: expected ${expected}`)
  }
}
