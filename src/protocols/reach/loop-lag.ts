import type { Clock, Timer } from '../../kit/clock.js'

const BEAT_MS = 25
/** Share of a lateness that is left at the next beat. */
const FADE = 0.9
/** A loop that has not been measured counts as this late: dials start slowly and become more as it shows to be idle. */
export const UNKNOWN_LAG_MS = 80

/** How late our own event loop is, measured while it is of interest. Time is monotonic ms. */
export class LoopLag {
  readonly #clock: Clock
  #timer: Timer | undefined
  #dueAt = Number.POSITIVE_INFINITY
  #lateMs = UNKNOWN_LAG_MS

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How late it was at its last beats, or is now. */
  ms(now: number): number {
    return Math.max(this.#lateMs, now - this.#dueAt)
  }

  measure(isOn: boolean): void {
    if (isOn === (this.#timer !== undefined)) return
    this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#dueAt = Number.POSITIVE_INFINITY
    this.#lateMs = UNKNOWN_LAG_MS
    if (isOn) this.#beat()
  }

  #beat(): void {
    this.#dueAt = this.#clock.monotonic() + BEAT_MS
    this.#timer = this.#clock.setTimeout(() => {
      this.#lateMs = Math.max(this.#clock.monotonic() - this.#dueAt, this.#lateMs * FADE)
      this.#beat()
    }, BEAT_MS)
  }
}
