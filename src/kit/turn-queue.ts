import { setImmediate } from 'node:timers/promises'
import type { Clock } from './clock.js'
import { SerialQueue } from './serial-queue.js'

/** Runs one piece of work after another, for at most some ms in one turn of the event loop: what else waits comes between. */
export class TurnQueue {
  readonly #clock: Clock
  readonly #ms: number
  readonly #queue = new SerialQueue()
  #began = Number.NEGATIVE_INFINITY

  constructor(clock: Clock, ms: number) {
    this.#clock = clock
    this.#ms = ms
  }

  /** @throws the reason of `signal` when that aborts before the work begins */
  run<T>(work: () => T | Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#queue.run(async () => {
      if (this.#clock.monotonic() - this.#began >= this.#ms) {
        await setImmediate()
        this.#began = this.#clock.monotonic()
      }
      signal.throwIfAborted()
      return await work()
    })
  }
}
