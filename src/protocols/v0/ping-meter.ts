import { type PingLoad, pingPeriodMs, pingShare } from '../../domain/ping-pace.js'
import type { Clock } from '../../kit/clock.js'
import { componentLogger, type Logger } from '../../logger.js'
import type { Metrics } from '../../metrics.js'

/** Rounds whose median is taken as the cost: single rounds coincide with other work of the process. */
const ROUNDS = 15
const LEAST_ROUNDS = 5
/** The cost of fewer pings cannot be told from other work of the process. */
const LEAST_PINGS = 8

/** A single ping costs more than one of a burst, where work is shared and caches are warm. Factor 1.5 was measured. */
const ALONE = 1.5
/** Rounds between two adjustments of the period. */
const ADJUST_EVERY = 5

/** CPU time that this process has used, ms. */
export type CpuMeter = () => number

export const processCpu: CpuMeter = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

export interface PingMeterInit {
  readonly configuredMs: number
  readonly cpu: CpuMeter
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
}

interface Mark {
  readonly at: number
  readonly cpu: number
}

/**
 * Measures the CPU cost of a ping and derives the period. The cost lies between two figures. Lower bound: the CPU used
 * until the pongs of a round are in, less what the quiet rest of the period uses in the same time, per ping. Upper bound:
 * all CPU of the process, per exchange. Answering a ping is taken to cost as much as sending one: either side opens a
 * stream, accepts one, reads and writes.
 */
export class PingMeter {
  readonly #init: PingMeterInit
  readonly #costs: number[] = []
  #periodMs: number
  #begun: Mark | undefined
  #settled: Mark | undefined
  #sent = 0
  #answered = 0
  #rounds = 0
  #sentPerRound: number | undefined
  #answeredPerSecond: number | undefined

  constructor(init: PingMeterInit) {
    this.#init = { ...init, logger: componentLogger(init.logger, 'protocols/v0/ping-meter') }
    this.#periodMs = init.configuredMs
    init.metrics.pingPeriod.set(init.configuredMs / 1_000)
  }

  get periodMs(): number {
    return this.#periodMs
  }

  /** A ping of another was answered. */
  answered(): void {
    this.#answered++
  }

  /** The end of the last round's quiet time: takes the sum of it, and sets the period. */
  roundBegins(peers: number): void {
    const now = this.#mark()
    const begun = this.#begun
    if (begun !== undefined) {
      const cost = this.#costOf(begun, now)
      if (cost !== undefined && this.#costs.push(cost) > ROUNDS) this.#costs.shift()
      this.#sentPerRound = smooth(this.#sentPerRound, this.#sent)
      const answered = (this.#answered * 1_000) / Math.max(1, now.at - begun.at)
      this.#answeredPerSecond = smooth(this.#answeredPerSecond, answered)
      if (++this.#rounds % ADJUST_EVERY === 0) this.#adjust(peers)
    }
    this.#begun = now
    this.#settled = undefined
    this.#sent = 0
    this.#answered = 0
  }

  roundSent(pings: number): void {
    this.#sent = pings
  }

  /** The pongs of the round are in, as far as they come at once. */
  roundSettled(): void {
    this.#settled = this.#mark()
  }

  stop(): void {
    this.#begun = undefined
    this.#settled = undefined
  }

  #mark(): Mark {
    return { at: this.#init.clock.monotonic(), cpu: this.#init.cpu() }
  }

  #costOf(begun: Mark, now: Mark): number | undefined {
    const settled = this.#settled
    if (settled === undefined || this.#sent < LEAST_PINGS) return undefined
    const burst = settled.at - begun.at
    const quiet = now.at - settled.at
    // As much quiet as burst at least, or what else goes on weighs too much.
    if (quiet < burst) return undefined
    const rest = ((now.cpu - settled.cpu) / quiet) * burst
    const least = Math.max(0, settled.cpu - begun.cpu - rest) / this.#sent
    return Math.min(ALONE * least, (now.cpu - begun.cpu) / (this.#sent + this.#answered))
  }

  #adjust(peers: number): void {
    const { configuredMs, logger, metrics } = this.#init
    const costMs = this.#costs.length < LEAST_ROUNDS ? undefined : median(this.#costs)
    const load: PingLoad = {
      configuredMs,
      periodMs: this.#periodMs,
      peers,
      costMs,
      sentPerRound: this.#sentPerRound ?? 0,
      answeredPerSecond: this.#answeredPerSecond ?? 0
    }
    metrics.pingCpu.set(pingShare(load))
    const periodMs = pingPeriodMs(load)
    const before = this.#periodMs
    if (periodMs === before) return
    this.#periodMs = periodMs
    metrics.pingPeriod.set(periodMs / 1_000)
    const facts = { periodMs: Math.round(periodMs), configuredMs, peers, cpuShare: Number(pingShare(load).toFixed(3)) }
    if (before === configuredMs) logger.info(facts, 'pings are sent less often: they would take too much')
    else if (periodMs === configuredMs) logger.info(facts, 'pings are sent as often as configured again')
    else logger.debug(facts, 'ping period changed')
  }
}

/** Weight of the newest round: which peers are skipped differs from round to round. */
const WEIGHT = 0.2
const smooth = (before: number | undefined, now: number): number =>
  before === undefined ? now : before + WEIGHT * (now - before)

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
