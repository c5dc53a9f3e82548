import type { SpAddress } from '../domain/brands.js'
import { type AskOutcome, NEVER_ASKED, type SpFairness } from '../domain/fairness.js'
import type { Clock } from '../kit/clock.js'

/** Figures of every SP in our asks since the start. */
export class Fairness {
  readonly #clock: Clock
  readonly #figures = new Map<SpAddress, SpFairness>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  of(sp: SpAddress): SpFairness {
    return this.#figures.get(sp) ?? NEVER_ASKED
  }

  asked({ asked, answered, accepted }: AskOutcome): void {
    const now = this.#clock.now()
    for (const sp of asked) {
      const before = this.of(sp)
      this.#figures.set(sp, {
        asked: before.asked + 1,
        answered: before.answered + Number(answered.has(sp)),
        accepted: before.accepted + Number(accepted.has(sp)),
        lastAsked: now,
        lastAnswer: answered.has(sp) ? now : before.lastAnswer
      })
    }
  }

  /** Only listed SPs are kept. */
  keepOnly(listed: ReadonlySet<SpAddress>): void {
    for (const sp of this.#figures.keys()) if (!listed.has(sp)) this.#figures.delete(sp)
  }
}
