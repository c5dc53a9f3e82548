/** Lets so many run at once under one name; the others wait in the order they came. */
export class Turns {
  readonly #atOnce: number
  readonly #running = new Map<string, { count: number; readonly waiting: Set<() => void> }>()

  constructor(atOnce: number) {
    this.#atOnce = atOnce
  }

  /**
   * @returns what to call, once, when it is over
   * @throws the reason of `signal` when that aborts first
   */
  async take(name: string, signal: AbortSignal): Promise<() => void> {
    const line = this.#running.get(name) ?? { count: 0, waiting: new Set<() => void>() }
    this.#running.set(name, line)
    if (line.count < this.#atOnce) line.count++
    else await called(line.waiting, signal)
    return () => {
      const [next] = line.waiting
      // The turn passes on, and the count stays.
      if (next !== undefined) next()
      else if (--line.count === 0) this.#running.delete(name)
    }
  }
}

function called(waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
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
