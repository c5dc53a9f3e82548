import type { AskIdentity } from '../../domain/ask-identity.js'
import type { SpAddress } from '../../domain/brands.js'
import type { Denial } from '../../domain/refusal.js'
import type { Clock } from '../../kit/clock.js'

/** Refusals kept; none is dropped while its ask would still be fresh. */
const KEPT = 65_536
const KEPT_PER_ASKER = 4_096
const PURGE_MS = 10_000

export interface Refusal extends AskIdentity {
  readonly asker: SpAddress
  readonly denial: Denial
  /** Of the ask's message: the same message needs no second verification. */
  readonly fingerprint: string
  /** Monotonic ms from which on the ask is no longer fresh by any clock. */
  readonly until: number
}

/** What we refused, by (asker, object), so that a refused nonce is not decided twice. */
export class RefusalMemory {
  readonly #clock: Clock
  readonly #refusals = new Map<string, Refusal>()
  readonly #perAsker = new Map<SpAddress, number>()
  #purgeAt = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get(key: string): Refusal | undefined {
    const refusal = this.#refusals.get(key)
    if (refusal === undefined || refusal.until > this.#clock.monotonic()) return refusal
    this.#drop(key, refusal)
    return undefined
  }

  /** Whether one more could be remembered; decide nothing otherwise. */
  hasRoom(key: string, asker: SpAddress): boolean {
    if (this.#refusals.has(key)) return true
    if (this.#fits(asker)) return true
    this.#purge()
    return this.#fits(asker)
  }

  remember(key: string, refusal: Refusal): void {
    const before = this.#refusals.get(key)
    if (before !== undefined) this.#drop(key, before)
    this.#refusals.set(key, refusal)
    this.#perAsker.set(refusal.asker, (this.#perAsker.get(refusal.asker) ?? 0) + 1)
  }

  #fits(asker: SpAddress): boolean {
    return this.#refusals.size < KEPT && (this.#perAsker.get(asker) ?? 0) < KEPT_PER_ASKER
  }

  /** At most every ten seconds, or a full memory would be read through at each ask. */
  #purge(): void {
    const now = this.#clock.monotonic()
    if (now < this.#purgeAt) return
    this.#purgeAt = now + PURGE_MS
    for (const [key, refusal] of this.#refusals) if (refusal.until <= now) this.#drop(key, refusal)
  }

  #drop(key: string, { asker }: Refusal): void {
    this.#refusals.delete(key)
    const left = (this.#perAsker.get(asker) ?? 1) - 1
    if (left === 0) this.#perAsker.delete(asker)
    else this.#perAsker.set(asker, left)
  }
}
