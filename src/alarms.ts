/**
 * Alarms in force: conditions that an operator has to end, and that must stay visible until then. An alarm is logged
 * when it is raised, once an hour while it lasts and when it is over; `overview().alarms`, `/-/ready`, `doctor` and the
 * metric `sp_approval_alarm` show it meanwhile.
 */
import type { Clock } from './kit/clock.js'
import { componentLogger, type Logger } from './logger.js'

/** Every kind of alarm and its meaning; docs/OPERATING.md says what to do about each. */
export const ALARM_KINDS = {
  'sp-list': 'The SP list cannot be read, or what was read is refused or held back.',
  height: 'The height cannot be read, or what was read is not believed.',
  join: 'The coordinator does not accept our join.',
  'chain-state': 'The state file of the chain connector was damaged, or cannot be written.',
  policy: 'The policy file or its last edit is not in force.',
  store: 'The grant store was damaged: nothing is granted for some time.',
  'create-time': 'Our asks have used create times far ahead of our clock: it was ahead, or is behind now.',
  'policy-command': 'The policy command cannot be run, or decided nothing: the asks it should decide are refused.',
  'store-write': 'The grant store cannot be written: nothing is asked or granted.',
  'peer-book': 'The peer book cannot be written: what is learned of nodes is lost at a restart.',
  log: 'Log lines are being lost.',
  listener: 'An event listener of the embedding program throws.',
  metrics: 'The metrics of the embedding program cannot be recorded.'
} as const
export type AlarmKind = keyof typeof ALARM_KINDS

export interface Alarm {
  readonly kind: AlarmKind
  /** What is wrong, in one line. */
  readonly message: string
  /** Unix ms when it was raised. */
  readonly since: number
}

export interface RaiseOptions {
  /** A stable word for what is wrong. Another one is logged at once, a changed message of the same cause is not. */
  readonly cause?: string
  /** Severity of the log lines: `info` for a state that is no fault yet. Default `warn`. */
  readonly level?: 'warn' | 'info'
}

interface Active extends Alarm, Required<RaiseOptions> {
  /** Monotonic ms. */
  readonly loggedAt: number
}

/** While an alarm lasts, it is logged again after this time. */
const REMIND_MS = 3_600_000

/** The alarms of one node, at most one per kind. Without a timer: `raise` and `remind` look at the clock. */
export class Alarms {
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #active = new Map<AlarmKind, Active>()

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock
    this.#logger = componentLogger(logger, 'alarms')
  }

  /** Puts the alarm in force, or renews its message while it is. */
  raise(kind: AlarmKind, message: string, { cause = '', level = 'warn' }: RaiseOptions = {}): void {
    const before = this.#active.get(kind)
    const since = before?.since ?? this.#clock.now()
    const known = before?.cause === cause
    const loggedAt = known ? before.loggedAt : this.#clock.monotonic()
    this.#active.set(kind, { kind, message, since, cause, level, loggedAt })
    if (known) this.#remind(kind)
    else this.#logger[level]({ alarm: kind }, message)
  }

  clear(kind: AlarmKind): void {
    if (this.#active.delete(kind)) this.#logger.info({ alarm: kind }, 'the alarm is over')
  }

  /** Raises the alarm, or clears it where there is no message. */
  set(kind: AlarmKind, message: string | undefined, options?: RaiseOptions): void {
    if (message === undefined) this.clear(kind)
    else this.raise(kind, message, options)
  }

  /** Those in force, in the order in which they were raised. */
  get list(): readonly Alarm[] {
    return [...this.#active.values()].map(({ kind, message, since }) => ({ kind, message, since }))
  }

  messageOf(kind: AlarmKind): string | undefined {
    return this.#active.get(kind)?.message
  }

  /** Logs again what has lasted for an hour since its last line; called from time to time. */
  remind(): void {
    for (const kind of this.#active.keys()) this.#remind(kind)
  }

  #remind(kind: AlarmKind): void {
    const alarm = this.#active.get(kind)
    const now = this.#clock.monotonic()
    if (alarm === undefined || now - alarm.loggedAt < REMIND_MS) return
    this.#active.set(kind, { ...alarm, loggedAt: now })
    const hours = Math.floor((this.#clock.now() - alarm.since) / REMIND_MS)
    this.#logger[alarm.level]({ alarm: kind, hours }, `still: ${alarm.message}`)
  }
}
