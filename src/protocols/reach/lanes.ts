import type { DialOutcome } from './attempt.js'
import { Pace } from './pace.js'

/** Until then a dial may still turn into a handshake at any moment. */
const YOUNG_MS = 50
/** One that has not become one by then tells that many are dead, unless we are slow to see it. */
const LATE_MS = 100
const SLOW_MS = 25
/** An address that has not even taken the connection by then is far or dead: others are tried beside it. */
const PROMISING_MS = 150
/** Turns of our own event loop that pass until we see that an address took the connection, and until a handshake is done. */
const TURNS_REACHED = 4
const TURNS_DONE = 20
/** Silent for so long, a dial gives way when all lanes are taken. */
const PATIENCE_MS = 1_000
/** A node that took the connection and has said nothing for so long, and some ways there and back, holds up no other handshake. */
const STUCK_MS = 250
const STUCK_WAYS = 5

/** While we are busy, one handshake for so many SPs that are missing. */
const BUSY_SHARE = 5

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
   * @param lag how far our own event loop is behind; when *busy*, one handshake runs at a time, or a few where much is
   * missing: of many hosts that share a machine, those who know nobody would be done long after the others
   * @param missing SPs that wait for a dial
   */
  room(now: number, lag: { readonly lateMs: number; readonly busy: boolean }, missing = 0): number {
    let handshakes = 0
    let young = 0
    for (const lane of this.#lanes) {
      if (lane.reachedAt !== undefined) handshakes += isStuck(lane, now, lag.lateMs) ? 0 : 1
      else if (now - lane.startedAt < YOUNG_MS) young++
      else if (lane.late !== true && now - lane.startedAt >= LATE_MS && lag.lateMs < SLOW_MS) {
        lane.late = true
        this.#learn(0)
      }
    }
    const { busy } = lag
    const limit = busy ? Math.min(this.#pace.limit, Math.max(1, Math.ceil(missing / BUSY_SHARE))) : this.#pace.limit
    const room = Math.floor((limit - handshakes) / (busy ? 1 : this.#yield)) - young
    return Math.max(0, Math.min(room, this.#most - this.#lanes.size))
  }

  /** When the next dial stops being promising, so that others are tried beside it. */
  nextSilentAt(now: number, lateMs: number): number {
    let next = Number.POSITIVE_INFINITY
    for (const lane of this.#lanes) {
      const at = promisingUntil(lane, lateMs)
      if (at > now && at < next) next = at
    }
    return next
  }

  /** Where all lanes are taken, ends up to so many dials, of those that had their time and heard nothing. */
  clear(wanted: number, now: number, lateMs: number): void {
    if (this.#lanes.size < this.#most) return
    const silent = [...this.#lanes].filter(lane => isSilent(lane, now, lateMs))
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

export const isPromising = (lane: Lane, now: number, lateMs: number): boolean => now < promisingUntil(lane, lateMs)

const promisingUntil = ({ startedAt, reachedAt }: Lane, lateMs: number): number =>
  reachedAt === undefined
    ? startedAt + PROMISING_MS + TURNS_REACHED * lateMs
    : reachedAt + STUCK_MS + STUCK_WAYS * (reachedAt - startedAt) + TURNS_DONE * lateMs

/** When it is to be looked at again: young and promising end then. */
export const LOOK_AGAIN_MS = YOUNG_MS

const isStuck = (lane: Lane, now: number, lateMs: number): boolean =>
  lane.reachedAt !== undefined && !isPromising(lane, now, lateMs)

const isSilent = (lane: Lane, now: number, lateMs: number): boolean =>
  lane.reachedAt === undefined ? now - lane.startedAt >= PATIENCE_MS : isStuck(lane, now, lateMs)
