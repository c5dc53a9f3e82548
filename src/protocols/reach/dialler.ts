import type { PeerIdString } from '../../domain/brands.js'
import { canWait, type DialledFor, type DialReason, isHint } from '../../domain/dial-reason.js'
import type { Clock } from '../../kit/clock.js'
import { type Rate, RateLimit } from '../../kit/rate-limit.js'
import { componentLogger, type Logger } from '../../logger.js'
import type { Metrics } from '../../metrics.js'
import type { PeerDirectory, PeerRecord } from '../../peers/index.js'
import type { P2PHost } from '../host/host.js'
import { Attempt, type DialOutcome } from './attempt.js'
import { DialBudget } from './dial-budget.js'
import type { DialSchedule } from './dial-schedule.js'
import { LoopLag, UNKNOWN_LAG_MS } from './loop-lag.js'

/** libp2p's own, where a host does not tell. */
const PARALLEL_DIALS = 100
/** Prompt dials at once while our event loop is on time: a handshake costs both sides some ms of work. */
const PROMPT_DIALS = 64
/** Prompt dials at once × lateness of the loop: eight at 80 ms, one from 640 ms on. */
const LAG_PRODUCT_MS = 640
/** Share of them for dials that can wait; one may always run. */
const SPARE_SHARE = 1 / 8
/** Dials of each second that hints and dials that can wait leave to others: what strangers tell must not use up all. */
const KEPT_FOR_NEEDED = 10
/** Pause after a dial that can wait, as a multiple of the lateness of the loop, where that is more than unknown. */
const SPARE_PAUSE = 100
const MAX_SPARE_PAUSE_MS = 10_000
/** A dial that has heard nothing for this long gives way where the host works on as many as it can. */
const PATIENCE_MS = 1_000
/** While dials are under way, room grows as the loop turns out to be on time. */
const LOOK_AGAIN_MS = 50

export interface DiallerInit {
  readonly host: P2PHost
  readonly directory: Pick<PeerDirectory, 'contacted'>
  readonly schedule: DialSchedule
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** A dial has ended: there may be more to do. */
  readonly onEnd: () => void
}

/** Back-offs that end since others told of new addresses: a node that they invent addresses for is not dialled without end. */
const HURRIED_PER_SECOND = 5
const HURRIES: Rate = { perSecond: HURRIED_PER_SECOND, burst: 4 * HURRIED_PER_SECOND }

interface Dial {
  readonly attempt: Attempt
  readonly reason: DialledFor
  readonly done: Promise<DialOutcome>
  /** An address became known that this attempt does not try. */
  isOutdated: boolean
}

/** All dials of this host: as many at once and a second as there is room for, and what comes of them. */
export class Dialler {
  readonly #init: DiallerInit
  readonly #dials = new Map<PeerIdString, Dial>()
  readonly #lag: LoopLag
  readonly #hurries: RateLimit
  #budget: DialBudget
  #spareFrom = 0
  #stopped = true

  constructor(init: DiallerInit) {
    this.#init = { ...init, logger: componentLogger(init.logger, 'protocols/reach/dialler') }
    this.#lag = new LoopLag(init.clock)
    this.#hurries = new RateLimit(init.clock, 1)
    this.#budget = new DialBudget(init.clock.monotonic())
  }

  start(): void {
    this.#stopped = false
    this.#budget = new DialBudget(this.#init.clock.monotonic())
  }

  async stop(): Promise<void> {
    this.#stopped = true
    for (const { attempt } of this.#dials.values()) attempt.end('cancelled')
    await Promise.all([...this.#dials.values()].map(({ done }) => done))
  }

  /** Dials that may start now. */
  room(now: number): number {
    const lagMs = this.#lag.ms(now)
    let prompt = 0
    let silent = 0
    for (const { attempt } of this.#dials.values()) {
      if (now < attempt.promptUntil(lagMs)) prompt++
      else if (isSilent(attempt, now, lagMs)) silent++
    }
    const { parallelDials = PARALLEL_DIALS } = this.#init.host
    const free = parallelDials - this.#dials.size + silent
    return Math.max(0, Math.min(this.#most(now) - prompt, free, this.#budget.left(now)))
  }

  /** Dials of a plan's reason that may start now. */
  roomFor(reason: DialReason, now: number): number {
    const isNeeded = !isHint(reason) && !canWait(reason)
    const room = isNeeded ? this.room(now) : Math.min(this.room(now), this.#budget.left(now, KEPT_FOR_NEEDED))
    return canWait(reason) ? Math.min(room, this.#spareRoom(now)) : room
  }

  #spareRoom(now: number): number {
    if (now < this.#spareFrom) return 0
    let spare = 0
    for (const { reason } of this.#dials.values()) if (canWait(reason)) spare++
    return Math.max(1, Math.floor(SPARE_SHARE * this.#most(now))) - spare
  }

  /** When there may be room again, or a dial is no longer prompt; a dial that ends is told. */
  nextChangeAt(now: number): number {
    const lagMs = this.#lag.ms(now)
    let next = this.#budget.left(now) > 0 ? Number.POSITIVE_INFINITY : this.#budget.nextAt(now)
    if (this.#spareFrom > now) next = Math.min(next, this.#spareFrom)
    if (this.#budget.left(now, KEPT_FOR_NEEDED) === 0) next = Math.min(next, this.#budget.nextAt(now, KEPT_FOR_NEEDED))
    for (const { attempt } of this.#dials.values()) {
      for (const at of [attempt.promptUntil(lagMs), attempt.startedAt + PATIENCE_MS])
        if (at > now && at < next) next = at
    }
    return this.#dials.size === 0 ? next : Math.min(next, now + LOOK_AGAIN_MS)
  }

  #most(now: number): number {
    return Math.max(1, Math.min(PROMPT_DIALS, Math.floor(LAG_PRODUCT_MS / this.#lag.ms(now))))
  }

  /** Why the node is being dialled, if it is. */
  dialling(peerId: PeerIdString): DialledFor | undefined {
    return this.#dials.get(peerId)?.reason
  }

  phase(peerId: PeerIdString, now: number): 'prompt' | 'slow' | undefined {
    const dial = this.#dials.get(peerId)
    return dial && (now < dial.attempt.promptUntil(this.#lag.ms(now)) ? 'prompt' : 'slow')
  }

  cancel(peerId: PeerIdString): void {
    this.#dials.get(peerId)?.attempt.end('cancelled')
  }

  /** Others told of an address of the node that is new: it is due now, or once the dial that is under way has failed. */
  hurry(peerId: PeerIdString): void {
    const { schedule, clock } = this.#init
    const now = clock.monotonic()
    const dial = this.#dials.get(peerId)
    if (dial?.isOutdated === true || (dial === undefined && schedule.dueAt(peerId) <= now)) return
    if (!this.#hurries.take('all', HURRIES)) return
    if (dial === undefined) schedule.hurry(peerId, now)
    else dial.isOutdated = true
  }

  /** Dials the node now, once more where it is connected; a dial of it that is under way is joined. */
  dial(record: PeerRecord, reason: DialledFor): Promise<DialOutcome> {
    const { peerId, connected, failures } = record
    const underWay = this.#dials.get(peerId)
    if (underWay !== undefined) return underWay.done
    const { schedule, clock, logger } = this.#init
    this.#makeRoom(clock.monotonic())
    const isSuspect = failures > 0 || schedule.hasFailed(peerId)
    const attempt = new Attempt(this.#init, { suspect: isSuspect, anew: connected })
    this.#budget.take(attempt.startedAt)
    logger.debug({ peerId, reason }, 'dialling')
    const done = attempt.run(record).then(result => {
      const isOutdated = this.#dials.get(peerId)?.isOutdated === true
      this.#dials.delete(peerId)
      const lagMs = this.#lag.ms(clock.monotonic())
      if (canWait(reason) && lagMs > UNKNOWN_LAG_MS) {
        this.#spareFrom = clock.monotonic() + Math.min(MAX_SPARE_PAUSE_MS, SPARE_PAUSE * lagMs)
      }
      this.#lag.measure(this.#dials.size > 0)
      this.#record(record, reason, result, isOutdated)
      return result
    })
    this.#dials.set(peerId, { attempt, reason, done, isOutdated: false })
    this.#lag.measure(true)
    return done
  }

  /** Where the host works on as many dials as it can, the oldest of those that have heard nothing gives way. */
  #makeRoom(now: number): void {
    const { parallelDials = PARALLEL_DIALS } = this.#init.host
    if (this.#dials.size < parallelDials) return
    for (const { attempt } of this.#dials.values()) {
      if (!isSilent(attempt, now, this.#lag.ms(now))) continue
      attempt.end('gave-way')
      return
    }
  }

  #record(
    { peerId, connected, failures }: PeerRecord,
    reason: DialledFor,
    result: DialOutcome,
    isOutdated: boolean
  ): void {
    const { directory, schedule, clock, metrics, logger, onEnd } = this.#init
    metrics.dials.inc({ result: labelOf(result) })
    if (this.#stopped) return
    const now = clock.monotonic()
    if (result.outcome === 'failed' || result.outcome === 'gave-way') {
      // A connected node may be behind a NAT: that it cannot be dialled counts against nobody.
      if (connected) schedule.leaveAlone(peerId, now)
      else schedule.failed(peerId, failures, now)
      if (isOutdated) schedule.hurry(peerId, now)
    }
    if (result.outcome === 'failed') {
      const { kind, error } = result
      if (!connected) directory.contacted(peerId, { ok: false, error, kind })
      const nextTryMs = Math.round(schedule.dueAt(peerId) - now)
      logger.debug({ peerId, reason, kind, error, nextTryMs }, 'dial failed')
    }
    onEnd()
  }
}

const isSilent = (attempt: Attempt, now: number, lagMs: number): boolean =>
  attempt.isReached ? now >= attempt.promptUntil(lagMs) : now - attempt.startedAt >= PATIENCE_MS

function labelOf(result: DialOutcome): string {
  if (result.outcome === 'ok') return 'ok'
  if (result.outcome === 'failed') return result.kind === 'other' ? 'failed' : result.kind
  return result.outcome === 'gave-way' ? 'timeout' : 'aborted'
}
