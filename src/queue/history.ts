import type { TaskKey } from '../domain/brands.js'
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
  readonly #entries = new Map<number, { readonly task: T; readonly addedAt: number }>()
  readonly #latest = new Map<TaskKey, number>()
  #next = 0

  constructor(init: HistoryInit) {
    if (!Number.isSafeInteger(init.kept) || init.kept < 0) {
      throw new InvalidArgumentError('history kept', 'a whole number ≥ 0', init.kept)
    }
    if (!(init.keptMs >= 0)) throw new InvalidArgumentError('history keptMs', 'milliseconds ≥ 0', init.keptMs)
    this.#init = init
  }

  get size(): number {
    this.#forgetOld()
    return this.#entries.size
  }

  add(task: T): void {
    const id = this.#next++
    this.#entries.set(id, { task, addedAt: this.#init.clock.monotonic() })
    this.#latest.set(task.key, id)
    this.#forgetOld()
  }

  /** The latest one with that key. */
  get(key: TaskKey): T | undefined {
    this.#forgetOld()
    const id = this.#latest.get(key)
    return id === undefined ? undefined : this.#entries.get(id)?.task
  }

  /** Every finished task whose key contains the sub-key. */
  query(subKey: string): T[] {
    return [...this].filter(task => task.key.includes(subKey))
  }

  clear(): void {
    this.#entries.clear()
    this.#latest.clear()
  }

  *[Symbol.iterator](): Iterator<T> {
    this.#forgetOld()
    for (const { task } of this.#entries.values()) yield task
  }

  #forgetOld(): void {
    const oldest = this.#init.clock.monotonic() - this.#init.keptMs
    for (const [id, { task, addedAt }] of this.#entries) {
      if (this.#entries.size <= this.#init.kept && addedAt >= oldest) return
      this.#entries.delete(id)
      if (this.#latest.get(task.key) === id) this.#latest.delete(task.key)
    }
  }
}
