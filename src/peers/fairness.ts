import type { SpAddress } from '../domain/brands.js'
import type { Clock } from '../domain/clock.js'
import { type AskOutcome, afterAsk, NEVER_ASKED, type SpFairness } from '../domain/fairness.js'

/** How every SP fared in our asks since the start. */
export class Fairness {
  readonly #clock: Clock
  #figures: ReadonlyMap<SpAddress, SpFairness> = new Map()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  of(sp: SpAddress): SpFairness {
    return this.#figures.get(sp) ?? NEVER_ASKED
  }

  asked(outcome: AskOutcome): void {
    this.#figures = afterAsk(this.#figures, outcome, this.#clock.now())
  }

  /** Only listed SPs are kept. */
  keepOnly(listed: ReadonlySet<SpAddress>): void {
    this.#figures = new Map([...this.#figures].filter(([sp]) => listed.has(sp)))
  }
}
