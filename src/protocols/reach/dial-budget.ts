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

  /** Dials that may start now. @param kept of each second's, for others */
  left(now: number, kept = 0): number {
    while (this.#recent[0] !== undefined && this.#recent[0] <= now - SECOND_MS) this.#recent.shift()
    const left = this.#bursting(now) ? this.#burst : PER_SECOND - this.#recent.length
    return Math.max(0, left - kept)
  }

  take(now: number): void {
    this.#recent.push(now)
    if (this.#bursting(now)) this.#burst--
  }

  /** Monotonic ms at which a dial may start again. */
  nextAt(now: number, kept = 0): number {
    if (this.left(now, kept) > 0) return now
    return (this.#recent[this.#recent.length - (PER_SECOND - kept)] ?? now) + SECOND_MS
  }

  #bursting(now: number): boolean {
    return this.#burst > 0 && now - this.#startedAt < BURST_MS
  }
}
