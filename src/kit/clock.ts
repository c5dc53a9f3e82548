import { sharedAbort } from './abort.js'

/** Time as a port, so that tests move it. */
export interface Clock {
  /** Wall clock, Unix milliseconds. */
  now(): number
  /** Never goes back; milliseconds since an arbitrary start. Deadlines and ages use this one. */
  monotonic(): number
  setTimeout(callback: () => void, ms: number): Timer
  clearTimeout(timer: Timer | undefined): void
}

/** What `setTimeout` gave; only `clearTimeout` looks inside. */
export type Timer = { readonly timer: unique symbol } | object

/** The machine's clocks. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: timer => clearTimeout(timer as NodeJS.Timeout | undefined)
}

/** A signal that aborts after `ms` on this clock, or with `parent`; `clear()` lets go of both. */
export function deadlineSignal(
  clock: Clock,
  ms: number,
  parent?: AbortSignal
): { readonly signal: AbortSignal; clear(): void } {
  const controller = sharedAbort()
  const abort = (): void => controller.abort(parent?.reason)
  const timer: Timer = clock.setTimeout(
    () => controller.abort(new DOMException(`took longer than ${ms} ms`, 'TimeoutError')),
    ms
  )
  if (parent?.aborted === true) abort()
  else parent?.addEventListener('abort', abort, { once: true })
  return {
    signal: controller.signal,
    clear: () => {
      clock.clearTimeout(timer)
      parent?.removeEventListener('abort', abort)
    }
  }
}
