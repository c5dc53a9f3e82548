import type { PeerIdString } from '../../domain/brands.js'
import type { Clock } from '../../kit/clock.js'
import { componentLogger, type Logger } from '../../logger.js'
import type { Metrics } from '../../metrics.js'
import type { PeerRecord } from '../../peers/index.js'
import type { P2PHost } from '../host/host.js'
import { Attempt, type DialOutcome } from './attempt.js'
import { DialBudget } from './dial-budget.js'
import { Lag } from './lag.js'
import { isPromising, Lanes, LOOK_AGAIN_MS } from './lanes.js'

/** libp2p's own, where a host does not tell. */
const PARALLEL_DIALS = 100
/** Of the dials a host works on at once; asks and the DHT need some. */
const SHARE = 0.7

export interface DiallerInit {
  readonly host: P2PHost
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** Whether an ask is running: its answers do not wait for dials that are started all at once. */
  readonly isAsking?: () => boolean
}

interface Dial {
  readonly attempt: Attempt
  readonly anew: boolean
  readonly done: Promise<unknown>
}

/** Dials within budget and lanes, and tells how it went. */
export class Dialler {
  readonly #init: DiallerInit
  readonly #dials = new Map<PeerIdString, Dial>()
  readonly #lag: Lag
  #lanes: Lanes
  #budget: DialBudget
  #startedAt = Number.NEGATIVE_INFINITY
  #watching = false

  constructor(init: DiallerInit) {
    this.#init = { ...init, logger: componentLogger(init.logger, 'protocols/reach/dialler') }
    this.#lag = new Lag(init.clock)
    this.#lanes = lanesOf(init.host)
    this.#budget = new DialBudget(init.clock.monotonic())
  }

  start(): void {
    this.#lanes = lanesOf(this.#init.host)
    this.#budget = new DialBudget(this.#init.clock.monotonic())
  }

  async stop(): Promise<void> {
    this.#watching = false
    for (const dial of this.#dials.values()) dial.attempt.end('cancelled')
    await Promise.all([...this.#dials.values()].map(({ done }) => done))
    this.#lag.stop()
  }

  /**
   * Dials that may start now; while an ask is running, one at a time.
   * @param missing SPs that wait for a dial
   */
  room(now: number, missing = 0): number {
    const isAsking = this.#init.isAsking?.() === true
    if (isAsking && now - this.#startedAt < LOOK_AGAIN_MS) return 0
    const lag = { lateMs: this.#lag.late(now), busy: this.#lag.isBusy(now) }
    return Math.min(
      this.#lanes.room(now, lag, missing),
      this.#budget.left(now),
      isAsking ? 1 : Number.POSITIVE_INFINITY
    )
  }

  /** Whether to know how far our own event loop is behind between dials too. */
  watch(on: boolean): void {
    this.#watching = on
    if (on) this.#lag.start()
    else this.#rest()
  }

  /** How far our own event loop is behind, of late. */
  lateMs(now: number): number {
    return this.#lag.late(now)
  }

  /** Ms for which our event loop has kept up, as far as it was watched. */
  calmMs(now: number): number {
    return this.#lag.calmMs(now)
  }

  /** More are wanted than there is room for: silent dials give way. */
  press(wanted: number, now: number): void {
    this.#lanes.clear(wanted, now, this.#lag.late(now))
  }

  /** Monotonic ms at which it is worth asking for room again; a dial that ends makes room too. */
  nextRoomAt(now: number): number {
    return Math.max(now + LOOK_AGAIN_MS, this.#budget.nextAt(now))
  }

  /** Monotonic ms at which the next dial has been silent for so long that others are worth trying. */
  nextSilentAt(now: number): number {
    return this.#lanes.nextSilentAt(now, this.#lag.late(now))
  }

  isDialling(peerId: PeerIdString): boolean {
    return this.#dials.has(peerId)
  }

  /** It may well be connected soon. */
  isPromising(peerId: PeerIdString, now: number): boolean {
    const dial = this.#dials.get(peerId)
    return dial !== undefined && !dial.anew && isPromising(dial.attempt.lane, now, this.#lag.late(now))
  }

  /** Dials under way that prove a node which is connected already. */
  get proving(): number {
    let proving = 0
    for (const { anew } of this.#dials.values()) if (anew) proving++
    return proving
  }

  cancel(peerId: PeerIdString): void {
    this.#dials.get(peerId)?.attempt.end('cancelled')
  }

  /** @param options.suspect it failed before and gets less time */
  async dial(record: PeerRecord, options: { readonly suspect: boolean; readonly anew: boolean }): Promise<DialOutcome> {
    const { clock } = this.#init
    const attempt = new Attempt(this.#init, options)
    this.#startedAt = attempt.lane.startedAt
    this.#lanes.enter(attempt.lane)
    this.#budget.take(attempt.lane.startedAt)
    this.#lag.start()
    const outcome = attempt.run(record).then(result => {
      this.#dials.delete(record.peerId)
      this.#rest()
      const timedOut = result.outcome === 'failed' && result.kind === 'timeout'
      this.#lanes.leave(attempt.lane, timedOut ? 'timeout' : result.outcome, clock.monotonic())
      // While we were too busy to listen, silence says nothing about the node.
      const told = timedOut && this.#lag.deafSince(attempt.lane.startedAt) ? ({ outcome: 'gave-way' } as const) : result
      this.#told(record, told)
      return told
    })
    this.#dials.set(record.peerId, { attempt, anew: options.anew, done: outcome })
    return await outcome
  }

  #rest(): void {
    if (this.#dials.size === 0 && !this.#watching) this.#lag.stop()
  }

  #told({ peerId }: PeerRecord, result: DialOutcome): void {
    const { metrics, logger } = this.#init
    metrics.dials.inc({ result: labelOf(result) })
    if (result.outcome === 'failed') logger.debug({ peerId, kind: result.kind, error: result.error }, 'dial failed')
  }
}

function labelOf(result: DialOutcome): string {
  if (result.outcome === 'ok') return 'ok'
  if (result.outcome === 'failed') return result.kind === 'other' ? 'failed' : result.kind
  return result.outcome === 'gave-way' ? 'timeout' : 'aborted'
}

const lanesOf = ({ parallelDials = PARALLEL_DIALS }: P2PHost): Lanes => new Lanes(Math.floor(parallelDials * SHARE))
