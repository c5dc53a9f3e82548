import { setMaxListeners } from 'node:events'

/**
 * A controller whose signal many operations listen to at once, each for as long as it runs. Node warns at the eleventh
 * listener, which is usual here and no leak.
 */
export function sharedAbort(): AbortController {
  const controller = new AbortController()
  setMaxListeners(Number.POSITIVE_INFINITY, controller.signal)
  return controller
}

/** Resolves when the signal aborts. The listener stays until then: for signals that end with their caller. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
