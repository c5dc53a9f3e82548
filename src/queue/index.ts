/** Running tasks by key, queried by sub-key, and the finished ones for a while. */
import type { TaskKey } from '../domain/brands.js'

export interface Keyed {
  readonly key: TaskKey
}

export interface TaskQueue<T extends Keyed> {
  readonly size: number
  readonly capacity: number
  /** @throws RequestRepeatedError | RequestExceedLimitError */
  push(task: T): void
  get(key: TaskKey): T | undefined
  /** `false` when it was not there. */
  remove(key: TaskKey): boolean
  /** Every running task whose key contains the sub-key, oldest first. */
  query(subKey: string): T[]
  [Symbol.iterator](): Iterator<T>
}

/** Finished tasks, bounded by count and by age. */
export interface TaskHistory<T extends Keyed> {
  readonly size: number
  add(task: T): void
  /** The latest one with that key. */
  get(key: TaskKey): T | undefined
  /** Every finished task whose key contains the sub-key, oldest first. */
  query(subKey: string): T[]
  clear(): void
  /** Oldest first. */
  [Symbol.iterator](): Iterator<T>
}
