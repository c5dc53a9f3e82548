import type { Clock, Timer } from './domain/clock.js'
import { sharedAbort } from './shared-abort.js'

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
