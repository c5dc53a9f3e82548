import type { TaskKey } from '../domain/brands.js'
import { InvalidArgumentError, RequestExceedLimitError, RequestRepeatedError } from '../errors.js'
import type { Keyed, TaskQueue } from './index.js'

/** @param capacity running tasks at most, ≥ 1 */
export function createTaskQueue<T extends Keyed>(capacity: number): TaskQueue<T> {
  if (!Number.isSafeInteger(capacity) || capacity < 1) {
    throw new InvalidArgumentError('queue capacity', 'a whole number ≥ 1', capacity)
  }
  return new MapTaskQueue<T>(capacity)
}

/** A `Map` keeps the order of insertion, which is the order of age. */
class MapTaskQueue<T extends Keyed> implements TaskQueue<T> {
  private readonly tasks = new Map<TaskKey, T>()

  constructor(readonly capacity: number) {}

  get size(): number {
    return this.tasks.size
  }

  push(task: T): void {
    if (this.tasks.has(task.key)) throw new RequestRepeatedError(task.key)
    if (this.tasks.size >= this.capacity) throw new RequestExceedLimitError(this.capacity)
    this.tasks.set(task.key, task)
  }

  get(key: TaskKey): T | undefined {
    return this.tasks.get(key)
  }

  remove(key: TaskKey): boolean {
    return this.tasks.delete(key)
  }

  query(subKey: string): T[] {
    const found: T[] = []
    for (const [key, task] of this.tasks) if (key.includes(subKey)) found.push(task)
    return found
  }

  [Symbol.iterator](): Iterator<T> {
    return this.tasks.values()
  }
}
