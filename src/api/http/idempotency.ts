import { createHash } from 'node:crypto'
import { FINISHED_TASKS_KEPT, FINISHED_TASKS_KEPT_MS } from '../../constants.js'
import type { Clock } from '../../index.js'
import { HttpError } from '../../kit/http/problem.js'
import { canonicalJson } from '../../kit/json.js'

interface Entry<T> {
  readonly fingerprint: string
  readonly value: Promise<T>
  readonly at: number
}

/**
 * Remembers what a key began, as long as finished asks are kept: the same key with the same body gets the same
 * answer, at the same time too. A key whose ask could not begin is forgotten and can be used again.
 */
export class IdempotencyKeys<T> {
  readonly #entries = new Map<string, Entry<T>>()

  constructor(
    readonly clock: Clock,
    readonly kept: number = FINISHED_TASKS_KEPT,
    readonly keptMs: number = FINISHED_TASKS_KEPT_MS
  ) {}

  /** @throws HttpError 422 when the key came before with another body */
  async run(key: string, body: unknown, begin: () => Promise<T>): Promise<{ value: T; replayed: boolean }> {
    this.#forgetOld()
    const fingerprint = createHash('sha256').update(canonicalJson(body)).digest('hex')
    const known = this.#entries.get(key)
    if (known !== undefined) {
      if (known.fingerprint !== fingerprint) throw reused(key)
      return { value: await known.value, replayed: true }
    }
    const value = begin()
    const entry: Entry<T> = { fingerprint, value, at: this.clock.monotonic() }
    this.#entries.set(key, entry)
    try {
      return { value: await value, replayed: false }
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key)
      throw error
    }
  }

  #forgetOld(): void {
    const oldest = this.clock.monotonic() - this.keptMs
    for (const [key, { at }] of this.#entries) {
      if (at > oldest && this.#entries.size < this.kept) break
      this.#entries.delete(key)
    }
  }
}

const reused = (key: string) =>
  new HttpError(
    422,
    'ERR_IDEMPOTENCY_KEY_REUSED',
    `idempotency-key: expected the body that came with it before, ${JSON.stringify(key)} came with another one`,
    { hint: 'use a new key for a new ask' }
  )
