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

/** A signal that aborts after `ms` on this clock, or with any of the `parents`; `clear()` lets go of them all. */
export function deadlineSignal(
  clock: Clock,
  ms: number,
  ...parents: readonly (AbortSignal | undefined)[]
): { readonly signal: AbortSignal; clear(): void } {
  const controller = sharedAbort()
  const signals = parents.filter(parent => parent !== undefined)
  const onAbort = (): void => controller.abort(signals.find(parent => parent.aborted)?.reason)
  const timer = clock.setTimeout(
    () => controller.abort(new DOMException(`took longer than ${ms} ms`, 'TimeoutError')),
    ms
  )
  for (const parent of signals) {
    if (parent.aborted) onAbort()
    else parent.addEventListener('abort', onAbort, { once: true })
  }
  return {
    signal: controller.signal,
    clear: () => {
      clock.clearTimeout(timer)
      for (const parent of signals) parent.removeEventListener('abort', onAbort)
    }
  }
}

/** Does work under a signal that aborts after `ms` on this clock, or with `parent`. */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  parent: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>
): Promise<T> {
  const { signal, clear } = deadlineSignal(clock, ms, parent)
  try {
    return await work(signal)
  } finally {
    clear()
  }
}

/** @throws the signal's reason when that aborts first */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clock.clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = clock.setTimeout(() => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
}
