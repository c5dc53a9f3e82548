import type { Clock, Timer } from '../../kit/clock.js'

/** Pause after the work, as a multiple of its duration: it takes 5 % of a core at most. */
const PAUSE = 19

/** One timer for work that many events ask for: it runs at the earliest time asked for. */
export class Debounce {
  readonly #clock: Clock
  readonly #work: () => void
  #timer: Timer | undefined
  #at = Number.POSITIVE_INFINITY
  #pausedUntil = 0

  constructor(clock: Clock, work: () => void) {
    this.#clock = clock
    this.#work = work
  }

  in(ms: number): void {
    const now = this.#clock.monotonic()
    const at = Math.max(now + ms, this.#pausedUntil)
    if (at >= this.#at) return
    this.#clock.clearTimeout(this.#timer)
    this.#at = at
    this.#timer = this.#clock.setTimeout(() => this.#goOff(), at - now)
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer)
    this.#at = Number.POSITIVE_INFINITY
  }

  #goOff(): void {
    this.#at = Number.POSITIVE_INFINITY
    const began = this.#clock.monotonic()
    // What the work asks for while it runs waits for its pause.
    this.#pausedUntil = Number.NEGATIVE_INFINITY
    this.#work()
    const ended = this.#clock.monotonic()
    this.#pausedUntil = ended + PAUSE * (ended - began)
  }
}
