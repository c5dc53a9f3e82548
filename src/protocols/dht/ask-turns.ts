import type { SpAddress } from '../../domain/brands.js'

/** SPs asked for on one stream. */
const MAX_KEYS = 64

/** Which SPs are asked for next; a turn asks for every missing one once. */
export class AskTurns {
  readonly #asked = new Set<SpAddress>()
  #turn = 0

  /** Every other turn. */
  get isOdd(): boolean {
    return this.#turn % 2 === 1
  }

  /** At most {@link MAX_KEYS} of them, those not yet asked for in this turn first. */
  next(missing: readonly SpAddress[]): readonly SpAddress[] {
    let waiting = missing.filter(sp => !this.#asked.has(sp))
    if (waiting.length === 0) {
      this.#turn++
      this.#asked.clear()
      waiting = [...missing]
    }
    const next = [...new Set([...waiting, ...missing])].slice(0, MAX_KEYS)
    for (const sp of next) this.#asked.add(sp)
    return next
  }
}
