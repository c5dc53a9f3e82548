import type { Clock, Timer } from '../../kit/clock.js'

const EVERY_MS = 25
/** A loop that comes so late has more to do than it can. */
const BUSY_MS = 100
/** And then says nothing about others: their answers lie in our queue. */
const DEAF_MS = 500
/** Below it the loop keeps up. */
const CALM_MS = 15
/** Share of a lateness that is left at the next beat. */
const FADE = 0.9

/** How late our own event loop is, measured while dials are under way. Time is monotonic ms. */
export class Lag {
  readonly #clock: Clock
  #timer: Timer | undefined
  #due = Number.POSITIVE_INFINITY
  #late = 0
  #stoppedAt = 0
  #deafAt = Number.NEGATIVE_INFINITY
  /** Since when it is measured and was not behind; for ever while it never was. */
  #calmFrom = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Ms, of late; a beat that is overdue counts. */
  late(now: number): number {
    if (this.#timer === undefined) return this.#late * FADE ** Math.max(0, (now - this.#stoppedAt) / EVERY_MS)
    return Math.max(this.#late, now - this.#due)
  }

  /** Ms for which it has kept up, and we know it. */
  calmMs(now: number): number {
    const isUnknown = this.#timer === undefined && this.#calmFrom !== Number.NEGATIVE_INFINITY
    return isUnknown || now - this.#due >= CALM_MS ? 0 : now - this.#calmFrom
  }

  isBusy(now: number): boolean {
    return this.late(now) > BUSY_MS
  }

  /** Whether we were too late to hear anybody at some moment since then. */
  deafSince(at: number): boolean {
    return this.#deafAt >= at
  }

  start(): void {
    if (this.#timer !== undefined) return
    this.#late = this.late(this.#clock.monotonic())
    if (this.#calmFrom !== Number.NEGATIVE_INFINITY) this.#calmFrom = this.#clock.monotonic()
    this.#beat()
  }

  stop(): void {
    if (this.#timer === undefined) return
    this.#clock.clearTimeout(this.#timer)
    this.#late = this.late(this.#clock.monotonic())
    this.#stoppedAt = this.#clock.monotonic()
    this.#timer = undefined
    this.#due = Number.POSITIVE_INFINITY
  }

  #beat(): void {
    this.#due = this.#clock.monotonic() + EVERY_MS
    this.#timer = this.#clock.setTimeout(() => {
      const now = this.#clock.monotonic()
      if (now - this.#due > DEAF_MS) this.#deafAt = now
      if (now - this.#due >= CALM_MS) this.#calmFrom = now
      this.#late = Math.max(now - this.#due, this.#late * FADE)
      this.#beat()
    }, EVERY_MS)
  }
}
