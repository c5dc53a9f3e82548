/** Between two dials of siblings: so many times as long as our own event loop is late, within these bounds, ms. */
const PAUSE = 200
const LEAST_MS = 1_000
const MOST_MS = 30_000
/** At least so long while an SP is out of reach: somebody who finds or dials one of its nodes needs the time. */
const LEAST_MISSING_MS = 30_000
/** A loop that was late has other things to do, and for a while after. */
const CALM_FOR_MS = 1_000

/**
 * Siblings can wait: where many nodes share a machine that is busy, each of their handshakes takes the time of one that
 * would bring somebody an SP. Time is monotonic ms.
 */
export class SparePace {
  #at = Number.NEGATIVE_INFINITY

  /**
   * Siblings that may be dialled now.
   * @param loop how late our event loop is, and for how long it is known to keep up, ms
   * @param need `dial`: an SP without a node has one to dial; `missing`: there is an SP without a node; `none`: neither
   */
  room(
    now: number,
    { lateMs, calmMs }: { readonly lateMs: number; readonly calmMs: number },
    need: 'dial' | 'missing' | 'none'
  ): number {
    if (calmMs >= CALM_FOR_MS) return Number.POSITIVE_INFINITY
    if (need === 'dial') return 0
    const least = need === 'missing' ? LEAST_MISSING_MS : LEAST_MS
    const pause = Math.min(MOST_MS, Math.max(least, PAUSE * lateMs))
    return now - this.#at >= pause ? 1 : 0
  }

  took(now: number): void {
    this.#at = now
  }
}
