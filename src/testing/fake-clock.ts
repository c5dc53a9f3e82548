import type { Clock, Timer } from '../kit/clock.js'

/** A clock that stands still until told to move; timers fire in order of their time. */
export interface FakeClock extends Clock {
  /** Moves both clocks and fires what is due, then lets promise callbacks run. */
  advance(ms: number): Promise<void>
  /** Moves both clocks and fires nothing, as a busy event loop does. */
  stall(ms: number): void
  /** Moves the wall clock only, as an operator or NTP would. */
  setWall(unixMs: number): void
  /** Timers that have not fired. */
  readonly pending: number
}

interface Entry {
  readonly due: number
  readonly callback: () => void
}

export function fakeClock(startMs = 1_800_000_000_000): FakeClock {
  let wall = startMs
  let elapsed = 0
  const timers = new Set<Entry>()

  const nextDue = (until: number): Entry | undefined => {
    let next: Entry | undefined
    for (const timer of timers) {
      if (timer.due <= until && (next === undefined || timer.due < next.due)) next = timer
    }
    return next
  }
  const moveTo = (target: number): void => {
    wall += target - elapsed
    elapsed = target
  }

  return {
    now: () => wall,
    monotonic: () => elapsed,
    setTimeout: (callback, ms) => {
      const entry: Entry = { due: elapsed + Math.max(0, ms), callback }
      timers.add(entry)
      return entry
    },
    clearTimeout: (timer: Timer | undefined) => {
      if (timer !== undefined) timers.delete(timer as Entry)
    },
    advance: async ms => {
      const until = elapsed + ms
      for (let entry = nextDue(until); entry !== undefined; entry = nextDue(until)) {
        moveTo(Math.max(elapsed, entry.due))
        timers.delete(entry)
        entry.callback()
        await settled()
      }
      moveTo(until)
      await settled()
    },
    stall: ms => moveTo(elapsed + ms),
    setWall: unixMs => {
      wall = unixMs
    },
    get pending() {
      return timers.size
    }
  }
}

/** One turn of the event loop: promise callbacks queued so far have run. */
const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
