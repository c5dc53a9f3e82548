import { InvalidArgumentError } from '../errors.js'
import type { Clock } from '../kit/clock.js'
import type { Keyed } from './index.js'

export interface HistoryInit {
  /** Finished tasks kept, ≥ 0. */
  readonly kept: number
  /** How long each is kept, ms. */
  readonly keptMs: number
  readonly clock: Clock
}

/**
 * Finished tasks, oldest first. Ages are checked on access, so that no timer is needed. A key may occur more than once:
 * an object is asked for again after its ask failed.
 */
export class TaskHistory<T extends Keyed = Keyed> {
  readonly #init: HistoryInit
  readonly #entries = new Set<{ readonly task: T; readonly addedAt: number }>()

  constructor(init: HistoryInit) {
    if (!Number.isSafeInteger(init.kept) || init.kept < 0) {
      throw new InvalidArgumentError('history kept', 'a whole number ≥ 0', init.kept)
    }
    if (!(init.keptMs >= 0)) throw new InvalidArgumentError('history keptMs', 'milliseconds ≥ 0', init.keptMs)
    this.#init = init
  }

  add(task: T): void {
    this.#entries.add({ task, addedAt: this.#init.clock.monotonic() })
    this.#forgetOld()
  }

  /** Every finished task whose key contains the sub-key. */
  query(subKey: string): T[] {
    this.#forgetOld()
    return [...this.#entries].flatMap(({ task }) => (task.key.includes(subKey) ? [task] : []))
  }

  #forgetOld(): void {
    const oldest = this.#init.clock.monotonic() - this.#init.keptMs
    for (const entry of this.#entries) {
      if (this.#entries.size <= this.#init.kept && entry.addedAt >= oldest) return
      this.#entries.delete(entry)
    }
  }
}
