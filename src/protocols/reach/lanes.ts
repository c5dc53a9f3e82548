import type { DialOutcome } from './attempt.js'
import { Pace } from './pace.js'

/** Until then a dial may still turn into a handshake at any moment. */
const YOUNG_MS = 50
/** An address that has not even taken the connection by then is probably dead: others are tried beside it. */
const PROMISING_MS = 250
/** Silent for so long, a dial gives way when all lanes are taken. */
const PATIENCE_MS = 1_000

/** One dial under way. */
export interface Lane {
  readonly startedAt: number
  reachedAt: number | undefined
  /** Ends the dial: its lane is wanted. */
  readonly giveWay: () => void
}

/**
 * What is under way. Handshakes cost both sides work and are few at once; waiting for an address to take the connection
 * costs a socket, so silent nodes do not hold up those that live. Time is monotonic ms.
 */
export class Lanes {
  readonly #lanes = new Set<Lane>()
  readonly #most: number
  readonly #pace = new Pace()

  /** @param most dials under way at once */
  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#lanes.size
  }

  /**
   * Dials that may start now.
   *
   * @param busy our own event loop is behind: one handshake at a time
   */
  room(now: number, busy: boolean): number {
    let handshakes = 0
    for (const { startedAt, reachedAt } of this.#lanes) {
      if (reachedAt !== undefined || now - startedAt < YOUNG_MS) handshakes++
    }
    return Math.max(0, Math.min((busy ? 1 : this.#pace.limit) - handshakes, this.#most - this.#lanes.size))
  }

  /** Where all lanes are taken, ends up to so many dials, of those that had their time and heard nothing. */
  clear(wanted: number, now: number): void {
    if (this.#lanes.size < this.#most) return
    const silent = [...this.#lanes].filter(lane => lane.reachedAt === undefined && now - lane.startedAt >= PATIENCE_MS)
    for (const lane of silent.slice(0, wanted)) lane.giveWay()
  }

  enter(lane: Lane): void {
    this.#lanes.add(lane)
  }

  leave(lane: Lane, outcome: DialOutcome['outcome'] | 'timeout', now: number): void {
    this.#lanes.delete(lane)
    if (lane.reachedAt === undefined) return
    if (outcome === 'ok') this.#pace.finished(lane.reachedAt - lane.startedAt, now - lane.reachedAt, now)
    else if (outcome === 'timeout') this.#pace.slow(now)
  }
}

export const isPromising = ({ startedAt, reachedAt }: Lane, now: number): boolean =>
  reachedAt !== undefined || now - startedAt < PROMISING_MS
/** When it is to be looked at again: young and promising end then. */
export const LOOK_AGAIN_MS = YOUNG_MS
