/** Runs one piece of work after another, in the order they came; one that fails does not stop the next. */
export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve()

  run<T>(work: () => T | Promise<T>): Promise<T> {
    const result = this.#tail.then(work)
    this.#tail = result.catch(() => undefined)
    return result
  }

  /** Resolves when what was queued so far has ended. */
  async idle(): Promise<void> {
    await this.#tail
  }
}

/** A {@link SerialQueue} per key; different keys run side by side. */
export class KeyedQueue<K> {
  readonly #running = new Map<K, { readonly queue: SerialQueue; pending: number }>()

  /** Whether work of this key runs or waits. */
  has(key: K): boolean {
    return this.#running.has(key)
  }

  async run<T>(key: K, work: () => T | Promise<T>): Promise<T> {
    const entry = this.#running.get(key) ?? { queue: new SerialQueue(), pending: 0 }
    this.#running.set(key, entry)
    entry.pending++
    try {
      return await entry.queue.run(work)
    } finally {
      if (--entry.pending === 0) this.#running.delete(key)
    }
  }

  /** Resolves when nothing runs any more, also what is queued meanwhile. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all([...this.#running.values()].map(({ queue }) => queue.idle()))
  }
}
