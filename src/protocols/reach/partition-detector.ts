import { PARTITION_SPS, probeDelayMs } from '../../domain/backoff.js'
import type { SpAddress } from '../../domain/brands.js'

/** Connections that break together are noticed apart: each when it is used next. */
const TOGETHER_MS = 60_000
/** A shorter outage looks like any start or restart. */
const AT_LEAST_MS = 5_000
/** Between two releases, so that nodes which stay dead are not dialled with every answer. */
const RELEASE_EVERY_MS = 10_000

export interface Released {
  /** Monotonic ms; nodes that began to fail in between are due. */
  readonly from: number
  readonly to: number
}

/**
 * SPs out of reach, since when. While several are out at once it looks like a network that fell apart, or our own that is
 * down: one node of them is then tried out of turn, and the first answer ends the back-off of all that were lost about
 * then. Time is monotonic ms.
 */
export class PartitionDetector {
  readonly #out = new Map<SpAddress, { readonly since: number; probedAt: number }>()
  #reached = 0
  #apartSince: number | undefined
  #probedAt = Number.NEGATIVE_INFINITY
  #releasedAt = Number.NEGATIVE_INFINITY

  /** Takes over which of the sought SPs are in reach. */
  update(sought: Iterable<{ readonly sp: SpAddress; readonly reached: boolean }>, now: number): void {
    const still = new Set<SpAddress>()
    this.#reached = 0
    for (const { sp, reached } of sought) {
      if (reached) {
        this.#reached++
        continue
      }
      still.add(sp)
      if (!this.#out.has(sp)) this.#out.set(sp, { since: now, probedAt: Number.NEGATIVE_INFINITY })
    }
    for (const sp of this.#out.keys()) if (!still.has(sp)) this.#out.delete(sp)
    if (this.#out.size < PARTITION_SPS) this.#apartSince = undefined
    else this.#apartSince ??= now
  }

  /** When the next probe is due. */
  nextProbeAt(now: number): number {
    if (this.#apartSince === undefined) return Number.POSITIVE_INFINITY
    return Math.max(this.#apartSince, this.#probedAt) + probeDelayMs(now - this.#apartSince)
  }

  /** The SP whose turn it is to be tried, once a probe is due. */
  probe(now: number): SpAddress | undefined {
    if (this.nextProbeAt(now) > now) return undefined
    const [next] = [...this.#out].sort(([, a], [, b]) => a.probedAt - b.probedAt)
    if (next === undefined) return undefined
    next[1].probedAt = now
    this.#probedAt = now
    return next[0]
  }

  /** A node of this SP is connected (again). */
  answered(sp: SpAddress, now: number): Released | undefined {
    const out = this.#out.get(sp)
    this.#out.delete(sp)
    if (out === undefined || this.#apartSince === undefined || now - this.#apartSince < AT_LEAST_MS) return undefined
    if (now - this.#releasedAt < RELEASE_EVERY_MS) return undefined
    this.#releasedAt = now
    // With nobody in reach it was our own network that was down.
    const to = this.#reached === 0 ? now : out.since + TOGETHER_MS
    return { from: out.since - TOGETHER_MS, to }
  }
}
