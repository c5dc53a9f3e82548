import { ASK_FRESH_SECONDS } from '../../constants.js'
import {
  afterUse,
  type ClockReading,
  type CreateTimeSpan,
  nextCreateTime,
  secondsOf,
  type UsedCreateTimes,
  withSpan
} from '../../domain/create-time.js'
import { larger } from '../../domain/larger.js'
import { type Clock, sleep } from '../../kit/clock.js'
import type { ApprovalStore } from '../../store/index.js'
import { AskTooSoonError } from '../../task-record.js'

/** Seconds that a span on disk runs ahead, so that one sync serves many asks; after a restart they are lost. */
const AHEAD_SECONDS = 2n
/** A use further ahead of the clock than this, and than any stamp: the clock was ahead, or is behind. */
const ALARM_AHEAD_SECONDS = BigInt(ASK_FRESH_SECONDS + 10)
/** ms without a change of the clock after which no approver holds an older create time, and the alarm ends. */
const SETTLED_MS = (ASK_FRESH_SECONDS + 2) * 1_000
const MAX_REMEMBERED = 65_536
/** A difference of wall clock and monotonic clock that moves further than this: the clock was set. */
const CLOCK_SET_MS = 2_000
/** What an ask waits for its create time after the clock was set, at most; half of its time is left for the answers. */
const MAX_WAIT_MS = 3_000

type Store = Pick<ApprovalStore, 'createTimes' | 'putCreateTimes'>

export interface StampOptions {
  readonly signal: AbortSignal
  /** Time that is left for the ask. */
  readonly withinMs: number
}

/**
 * Create times as nonces: strictly higher than any used before for that object, as far as an approver can have believed
 * it, across restarts and whatever the clocks did. On disk are the spans that hold every stamp, by any clock: after a
 * restart each object starts above those that its approvers can hold.
 */
export class Nonces {
  readonly #used = new Map<string, readonly UsedCreateTimes[]>()
  readonly #store: Store
  readonly #clock: Clock
  #onDisk: readonly CreateTimeSpan[] = []
  /** Of any object: what was used before the start, and what was forgotten. */
  #floor: readonly CreateTimeSpan[] = []
  /** The highest that was used; since the last change of the clock only, once that is `SETTLED_MS` ago. */
  #highest = 0n
  #epoch = { epoch: 0, since: 0, offset: 0 }
  #syncing: Promise<void> = Promise.resolve()

  constructor(store: Store, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  async start(): Promise<void> {
    this.#onDisk = await this.#store.createTimes()
    this.#floor = this.#onDisk
    this.#highest = this.#onDisk.at(-1)?.high ?? 0n
    this.#used.clear()
    this.#begin()
  }

  /** One line when create times ran too far ahead of the clock. */
  alarm(): string | undefined {
    const ahead = this.#highest - secondsOf(this.#clock.now())
    if (ahead <= ALARM_AHEAD_SECONDS) return undefined
    return `create times of our asks ran up to ${ahead} s ahead of our clock: it was ahead, or is behind now`
  }

  /**
   * The create time of a new ask for the object, Unix seconds; durable when it resolves.
   * @throws AskTooSoonError, StoreError
   */
  async stamp(objectId: string, { signal, withinMs }: StampOptions): Promise<bigint> {
    for (;;) {
      const clock = this.#read()
      const used = this.#used.get(objectId) ?? []
      const next = nextCreateTime(used, this.#floor, clock)
      if (next.ok) {
        const { time } = next
        this.#remember(objectId, afterUse(used, time, clock))
        const isSettled = clock.monotonic + this.#epoch.offset - clock.since > SETTLED_MS
        this.#highest = isSettled ? time : larger(this.#highest, time)
        await this.#cover(time)
        return time
      }
      const { why, waitMs, aheadSeconds } = next
      if (why === 'pace' || waitMs > MAX_WAIT_MS || waitMs > withinMs / 2) {
        throw new AskTooSoonError(objectId, aheadSeconds, waitMs)
      }
      await sleep(this.#clock, waitMs, signal)
    }
  }

  #read(): ClockReading {
    const now = this.#clock.now()
    const monotonic = this.#clock.monotonic()
    if (Math.abs(now - monotonic - this.#epoch.offset) > CLOCK_SET_MS) this.#begin()
    return { now, monotonic, freshSeconds: ASK_FRESH_SECONDS, ...this.#epoch }
  }

  #begin(): void {
    const now = this.#clock.now()
    this.#epoch = { epoch: this.#epoch.epoch + 1, since: now, offset: now - this.#clock.monotonic() }
  }

  /** Resolves once the create time lies in a span on disk. */
  async #cover(time: bigint): Promise<void> {
    const isCovered = (): boolean => this.#onDisk.some(({ low, high }) => low <= time && time <= high)
    if (isCovered()) return
    await this.#write(async () => {
      if (isCovered()) return
      const spans = withSpan(this.#onDisk, { low: time, high: time + AHEAD_SECONDS })
      await this.#store.putCreateTimes(spans)
      this.#onDisk = spans
    })
  }

  /** Writes the spans again: whether a store that failed can be written must not wait for the next ask. */
  renew(): Promise<void> {
    return this.#write(() => this.#store.putCreateTimes(this.#onDisk))
  }

  /** Writes follow each other. */
  #write(write: () => Promise<void>): Promise<void> {
    this.#syncing = this.#syncing.catch(() => undefined).then(write)
    return this.#syncing
  }

  #remember(objectId: string, used: readonly UsedCreateTimes[]): void {
    this.#used.delete(objectId)
    this.#used.set(objectId, used)
    if (this.#used.size <= MAX_REMEMBERED) return
    const [oldest] = this.#used
    if (oldest === undefined) return
    this.#used.delete(oldest[0])
    for (const span of oldest[1]) this.#floor = withSpan(this.#floor, span)
  }
}
