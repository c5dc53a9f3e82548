/** At most `atOnce` holders per key; the others wait in the order they came. */
export class ConcurrencyGate<K = string> {
  readonly #atOnce: number
  readonly #running = new Map<K, { count: number; readonly waiting: Set<() => void> }>()

  constructor(atOnce: number) {
    this.#atOnce = atOnce
  }

  /** Callers that wait for this key. */
  waiting(key: K): number {
    return this.#running.get(key)?.waiting.size ?? 0
  }

  /**
   * @returns what to call, once, when the holder is done
   * @throws the reason of `signal` when that aborts first
   */
  async enter(key: K, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    const line = this.#running.get(key) ?? { count: 0, waiting: new Set<() => void>() }
    this.#running.set(key, line)
    if (line.count < this.#atOnce) line.count++
    else await called(line.waiting, signal)
    return () => {
      const [next] = line.waiting
      // The next one takes the place, so the count stays.
      if (next !== undefined) next()
      else if (--line.count === 0) this.#running.delete(key)
    }
  }
}

function called(waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      waiting.delete(next)
      signal.removeEventListener('abort', onAbort)
    }
    const next = (): void => {
      leave()
      resolve()
    }
    const onAbort = (): void => {
      leave()
      reject(signal.reason)
    }
    waiting.add(next)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}
