import { ASK_FRESH_SECONDS } from '../../constants.js'
import {
  afterUse,
  type ClockReading,
  isBinding,
  nextCreateTime,
  secondsOf,
  type UsedCreateTime
} from '../../domain/create-time.js'
import { larger } from '../../domain/larger.js'
import { type Clock, sleep } from '../../kit/clock.js'
import type { ApprovalStore } from '../../store/index.js'
import { AskTooSoonError } from '../../task-record.js'

/** Key of the mark in the store: no object id looks like it. */
const MARK = '*'
/** Seconds the synced mark runs ahead, so that one sync serves many asks. Small, since it is lost at a crash. */
const MARK_STEP_SECONDS = 5n
/** A mark further above what is in use than this is from a clock that was ahead, and is brought back. */
const MARK_TOO_HIGH_SECONDS = 600n
const MAX_REMEMBERED = 65_536
/** A difference of wall clock and monotonic clock that moves further than this: the clock was set. */
const CLOCK_SET_MS = 2_000
/** What an ask waits for its create time after the clock was set, at most; half of its time is left for the answers. */
const MAX_WAIT_MS = 3_000

type Store = Pick<ApprovalStore, 'lastCreateTime' | 'putCreateTime' | 'resetCreateTimes'>

export interface StampOptions {
  readonly signal: AbortSignal
  /** Time that is left for the ask. */
  readonly withinMs: number
}

/**
 * Create times as nonces: strictly higher than any used before for that object, as far as an approver can have believed
 * it, across restarts. What is on disk is a mark that no stamp has passed; after a restart every object starts above it.
 */
export class Nonces {
  readonly #used = new Map<string, readonly UsedCreateTime[]>()
  readonly #store: Store
  readonly #clock: Clock
  /** Of all objects together: what the mark on disk has to cover. */
  #all: readonly UsedCreateTime[] = []
  /** Of the objects that are not remembered: the mark of the time before the start, and what was forgotten. */
  #floor: readonly UsedCreateTime[] = []
  #mark = 0n
  #epoch: Pick<ClockReading, 'epoch' | 'since'> & { readonly offset: number } = { epoch: 0, since: 0, offset: 0 }
  #syncing: Promise<void> = Promise.resolve()

  constructor(store: Store, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  async start(): Promise<void> {
    this.#mark = (await this.#store.lastCreateTime(MARK)) ?? 0n
    this.#used.clear()
    // An epoch of its own: nothing tells what clock it was taken from.
    this.#all = [{ time: this.#mark, at: this.#clock.monotonic(), epoch: this.#epoch.epoch }]
    this.#floor = this.#all
    this.#begin()
  }

  /** What is wrong with the mark on disk, in a line. */
  alarm(): string | undefined {
    const ahead = this.#mark - secondsOf(this.#clock.now())
    if (ahead <= MARK_TOO_HIGH_SECONDS + 2n * MARK_STEP_SECONDS) return undefined
    return `create times of our asks ran up to ${ahead} s ahead of our clock: it was ahead, or is behind now`
  }

  /**
   * The create time of a new ask for the object, Unix seconds; durable when it resolves.
   * @throws AskTooSoonError, StoreError
   */
  async stamp(objectId: string, { signal, withinMs }: StampOptions): Promise<bigint> {
    for (;;) {
      const clock = this.#read()
      const used = this.#used.get(objectId) ?? this.#floor
      const next = nextCreateTime(used, clock)
      if (next.ok) {
        const latest = { time: next.time, at: clock.monotonic, epoch: clock.epoch }
        this.#all = afterUse(this.#all, latest)
        this.#remember(objectId, afterUse(used, latest))
        await this.#cover(next.time, clock)
        return next.time
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

  /** The mark on disk lies above whatever still binds, and not far above it. */
  async #cover(time: bigint, clock: ClockReading): Promise<void> {
    while (time > this.#mark) await this.#write(() => this.#raise(time + MARK_STEP_SECONDS))
    const highest = this.#all.reduce((most, one) => (isBinding(one, clock) ? larger(most, one.time) : most), time)
    if (this.#mark <= highest + MARK_TOO_HIGH_SECONDS) return
    // Lowered here first: a stamp that is made while it is written counts as not covered.
    this.#mark = highest + MARK_STEP_SECONDS
    await this.#write(() => this.#store.resetCreateTimes(highest + MARK_STEP_SECONDS))
  }

  async #raise(mark: bigint): Promise<void> {
    if (mark <= this.#mark) return
    await this.#store.putCreateTime(MARK, mark)
    this.#mark = mark
  }

  /** Writes the mark again: whether a store that failed can be written must not wait for the next ask. */
  renew(): Promise<void> {
    return this.#write(() => this.#store.putCreateTime(MARK, this.#mark))
  }

  /** Writes follow each other. */
  #write(write: () => Promise<void>): Promise<void> {
    this.#syncing = this.#syncing.catch(() => undefined).then(write)
    return this.#syncing
  }

  #remember(objectId: string, used: readonly UsedCreateTime[]): void {
    this.#used.delete(objectId)
    this.#used.set(objectId, used)
    if (this.#used.size <= MAX_REMEMBERED) return
    const [oldest] = this.#used
    if (oldest === undefined) return
    this.#used.delete(oldest[0])
    for (const one of oldest[1]) this.#floor = afterUse(this.#floor, one)
  }
}
