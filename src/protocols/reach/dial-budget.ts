/** Dials in any one second, once the start is over. */
const PER_SECOND = 20
const SECOND_MS = 1_000
/** After a start all nodes are dialled at once: up to this many dials within this time. */
const BURST_DIALS = 640
const BURST_MS = 5_000

/** Dials a second, in any sliding second, and a burst when the node starts. Time is monotonic ms. */
export class DialBudget {
  readonly #startedAt: number
  readonly #recent: number[] = []
  #burst = BURST_DIALS

  constructor(now: number) {
    this.#startedAt = now
  }

  /** Dials that may start now. */
  left(now: number): number {
    while (this.#recent[0] !== undefined && this.#recent[0] <= now - SECOND_MS) this.#recent.shift()
    if (this.#bursting(now)) return this.#burst
    return Math.max(0, PER_SECOND - this.#recent.length)
  }

  take(now: number): void {
    this.#recent.push(now)
    if (this.#bursting(now)) this.#burst--
  }

  /** Monotonic ms at which a dial may start again. */
  nextAt(now: number): number {
    return this.left(now) > 0 ? now : (this.#recent[this.#recent.length - PER_SECOND] ?? now) + SECOND_MS
  }

  #bursting(now: number): boolean {
    return this.#burst > 0 && now - this.#startedAt < BURST_MS
  }
}
