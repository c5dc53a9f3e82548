import type { DialOutcome } from './attempt.js'
import { Pace } from './pace.js'

/** Until then a dial may still turn into a handshake at any moment. */
const YOUNG_MS = 50
/** An address that has not even taken the connection by then is far or dead: others are tried beside it. */
const PROMISING_MS = 150
/** Silent for so long, a dial gives way when all lanes are taken. */
const PATIENCE_MS = 1_000
/** A node that took the connection and has said nothing for so long holds up no other handshake. */
const STUCK_MS = 1_500

/** Weight of the newest dial in the share of those that soon turn into handshakes, and the least that is believed. */
const YIELD_WEIGHT = 0.2
const LEAST_YIELD = 1 / 24

/** One dial under way. */
export interface Lane {
  readonly startedAt: number
  reachedAt: number | undefined
  /** It counted as one that did not turn into a handshake soon. */
  late?: boolean
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
  /** Share of the last dials that turned into handshakes: among the dead, more may be tried at once. */
  #yield = 1

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
    let young = 0
    for (const lane of this.#lanes) {
      if (lane.reachedAt !== undefined) handshakes += isStuck(lane, now) ? 0 : 1
      else if (now - lane.startedAt < YOUNG_MS) young++
      else if (lane.late !== true) {
        lane.late = true
        this.#learn(0)
      }
    }
    const limit = busy ? 1 : this.#pace.limit
    const room = Math.floor((limit - handshakes) / (busy ? 1 : this.#yield)) - young
    return Math.max(0, Math.min(room, this.#most - this.#lanes.size))
  }

  /** When the next dial stops being promising, so that others are tried beside it. */
  nextSilentAt(now: number): number {
    let next = Number.POSITIVE_INFINITY
    for (const lane of this.#lanes) {
      const at = promisingUntil(lane)
      if (at > now && at < next) next = at
    }
    return next
  }

  /** Where all lanes are taken, ends up to so many dials, of those that had their time and heard nothing. */
  clear(wanted: number, now: number): void {
    if (this.#lanes.size < this.#most) return
    const silent = [...this.#lanes].filter(lane => isSilent(lane, now))
    for (const lane of silent.slice(0, wanted)) lane.giveWay()
  }

  enter(lane: Lane): void {
    this.#lanes.add(lane)
  }

  #learn(reached: 0 | 1): void {
    this.#yield = Math.max(LEAST_YIELD, this.#yield + YIELD_WEIGHT * (reached - this.#yield))
  }

  leave(lane: Lane, outcome: DialOutcome['outcome'] | 'timeout', now: number): void {
    this.#lanes.delete(lane)
    if (lane.reachedAt === undefined) return
    this.#learn(1)
    if (outcome === 'ok') this.#pace.finished(lane.reachedAt - lane.startedAt, now - lane.reachedAt, now)
    else if (outcome === 'timeout') this.#pace.slow(now)
  }
}

export const isPromising = (lane: Lane, now: number): boolean => now < promisingUntil(lane)

const promisingUntil = ({ startedAt, reachedAt }: Lane): number =>
  reachedAt === undefined ? startedAt + PROMISING_MS : reachedAt + STUCK_MS

/** When it is to be looked at again: young and promising end then. */
export const LOOK_AGAIN_MS = YOUNG_MS

const isStuck = ({ reachedAt }: Lane, now: number): boolean => reachedAt !== undefined && now - reachedAt >= STUCK_MS

const isSilent = (lane: Lane, now: number): boolean =>
  lane.reachedAt === undefined ? now - lane.startedAt >= PATIENCE_MS : isStuck(lane, now)
