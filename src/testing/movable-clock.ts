import type { Clock, Timer } from '../kit/clock.js'

/** A clock that runs like the machine's and can be moved forward at once. */
export interface MovableClock extends Clock {
  /** Both clocks jump; timers that come due fire in order. */
  advance(ms: number): void
}

interface Entry {
  readonly due: number
  readonly callback: () => void
  handle: NodeJS.Timeout
}

export function movableClock(): MovableClock {
  let offset = 0
  const timers = new Set<Entry>()
  const monotonic = (): number => performance.now() + offset

  const fire = (entry: Entry): void => {
    if (!timers.delete(entry)) return
    clearTimeout(entry.handle)
    entry.callback()
  }
  const arm = (entry: Entry): NodeJS.Timeout => setTimeout(() => fire(entry), Math.max(0, entry.due - monotonic()))

  return {
    now: () => Date.now() + offset,
    monotonic,
    setTimeout: (callback, ms) => {
      const entry = { due: monotonic() + ms, callback } as Entry
      entry.handle = arm(entry)
      timers.add(entry)
      return entry
    },
    clearTimeout: (timer: Timer | undefined) => {
      if (timer === undefined) return
      timers.delete(timer as Entry)
      clearTimeout((timer as Entry).handle)
    },
    advance: ms => {
      offset += ms
      for (const entry of [...timers].sort((a, b) => a.due - b.due)) {
        if (entry.due <= monotonic()) fire(entry)
        // One that fired may have cleared it.
        else if (timers.has(entry)) {
          clearTimeout(entry.handle)
          entry.handle = arm(entry)
        }
      }
    }
  }
}
