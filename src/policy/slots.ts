import { InvalidArgumentError } from '../errors.js'

/** Waiting asks at most; whoever comes later is turned away at once. */
const MAX_WAITING = 256

/** Places for work that runs at the same time; the longest waiting is next. */
export class Slots {
  private readonly waiting = new Set<() => void>()
  private free: number

  constructor(count: number) {
    if (!Number.isSafeInteger(count) || count < 1) {
      throw new InvalidArgumentError('commandConcurrency', 'a whole number ≥ 1', count)
    }
    this.free = count
  }

  /** `false` when the signal came before a place was free, or too many wait. */
  take(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false)
    if (this.free > 0) {
      this.free--
      return Promise.resolve(true)
    }
    if (this.waiting.size >= MAX_WAITING) return Promise.resolve(false)
    return new Promise(resolve => {
      const leave = (got: boolean) => (): void => {
        this.waiting.delete(next)
        signal.removeEventListener('abort', giveUp)
        resolve(got)
      }
      const next = leave(true)
      const giveUp = leave(false)
      this.waiting.add(next)
      signal.addEventListener('abort', giveUp, { once: true })
    })
  }

  give(): void {
    const [next] = this.waiting
    if (next === undefined) this.free++
    else next()
  }
}
