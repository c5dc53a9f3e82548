/** Handshakes at once: to begin with, at least, at most. */
const FIRST = 4
const LEAST = 2
const MOST = 32
/** A handshake is four ways there and back and some ms of work on both sides. */
const WAYS = 5
const QUICK_MS = 400
const SLOW_MS = 1_200
/** One busy moment shows in all handshakes that it held up; it counts once. */
const PAUSE_MS = 500

/**
 * How many handshakes run at once: more while they are quick, half as many when they are slow. Where many hosts share few
 * cores, starting more than can finish in time finishes none.
 */
export class Pace {
  #limit = FIRST
  #loweredAt = Number.NEGATIVE_INFINITY

  get limit(): number {
    return Math.floor(this.#limit)
  }

  /**
   * @param wayMs from the dial until an address took the connection
   * @param tookMs from then until the connection stood
   */
  finished(wayMs: number, tookMs: number, now: number): void {
    if (tookMs < QUICK_MS + WAYS * wayMs) this.#limit = Math.min(MOST, this.#limit + 1)
    else if (tookMs > SLOW_MS + WAYS * wayMs) this.slow(now)
  }

  /** A handshake took (too) long. */
  slow(now: number): void {
    if (now - this.#loweredAt < PAUSE_MS) return
    this.#loweredAt = now
    this.#limit = Math.max(LEAST, this.#limit / 2)
  }
}
