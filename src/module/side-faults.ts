import { messageOf } from '../errors.js'
import type { Clock } from '../kit/clock.js'

/** What hangs on the module and could throw into it: listeners of its events, metrics of the embedding program. */
type Side = 'listener' | 'metrics'

/** A fault is over once it has not occurred for this time. */
const OVER_MS = 60_000

/** Faults of what the module works without. They are noted here and nowhere else noticed; alarms tell of them. */
export class SideFaults {
  readonly #clock: Clock
  readonly #last = new Map<Side, { readonly text: string; readonly at: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  note(side: Side, what: string, error: unknown): void {
    this.#last.set(side, { text: `${what}: ${messageOf(error)}`, at: this.#clock.monotonic() })
  }

  /** `undefined` once it has been quiet for a minute. */
  of(side: Side): string | undefined {
    const last = this.#last.get(side)
    return last === undefined || this.#clock.monotonic() - last.at > OVER_MS ? undefined : last.text
  }
}
