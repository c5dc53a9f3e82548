import type { Clock, Timer } from '../../domain/clock.js'

const EVERY_MS = 100
/** A loop that comes so late has more to do than it can. */
const BUSY_MS = 150
/** And then says nothing about others: their answers lie in our queue. */
const DEAF_MS = 750

/** How late our own event loop is, measured while somebody asks for it. */
export class Lag {
  readonly #clock: Clock
  #timer: Timer | undefined
  #due = 0
  #late = 0
  #deafAt = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get busy(): boolean {
    return this.#late > BUSY_MS
  }

  /** Whether we were too late to hear anybody at some moment since then (monotonic ms). */
  deafSince(at: number): boolean {
    return this.#deafAt >= at
  }

  start(): void {
    if (this.#timer !== undefined) return
    this.#due = this.#clock.monotonic() + EVERY_MS
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined
      const now = this.#clock.monotonic()
      this.#late = Math.max(now - this.#due, this.#late / 2)
      if (now - this.#due > DEAF_MS) this.#deafAt = now
      this.start()
    }, EVERY_MS)
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
