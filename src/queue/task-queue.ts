import type { TaskKey } from '../domain/brands.js'
import { InvalidArgumentError, RequestExceedLimitError, RequestRepeatedError } from '../errors.js'
import type { Keyed } from './index.js'

/** Running tasks, oldest first: a `Map` keeps the order of insertion. */
export class TaskQueue<T extends Keyed = Keyed> {
  readonly #capacity: number
  readonly #tasks = new Map<TaskKey, T>()

  /** @param capacity running tasks at most, ≥ 1 */
  constructor(capacity: number) {
    if (!Number.isSafeInteger(capacity) || capacity < 1) {
      throw new InvalidArgumentError('queue capacity', 'a whole number ≥ 1', capacity)
    }
    this.#capacity = capacity
  }

  get size(): number {
    return this.#tasks.size
  }

  /** @throws RequestRepeatedError | RequestExceedLimitError */
  push(task: T): void {
    if (this.#tasks.has(task.key)) throw new RequestRepeatedError(task.key)
    if (this.#tasks.size >= this.#capacity) throw new RequestExceedLimitError(this.#capacity)
    this.#tasks.set(task.key, task)
  }

  get(key: TaskKey): T | undefined {
    return this.#tasks.get(key)
  }

  /** `false` when it was not there. */
  remove(key: TaskKey): boolean {
    return this.#tasks.delete(key)
  }

  /** Every running task whose key contains the sub-key. */
  query(subKey: string): T[] {
    return [...this].filter(task => task.key.includes(subKey))
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#tasks.values()
  }
}
