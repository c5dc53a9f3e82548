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

const relays = new WeakMap<AbortSignal, AbortSignal>()

/**
 * Options with a caller's signal replaced by one of ours that aborts with it. The caller's signal gets one listener,
 * however many calls it is given to, so that Node does not warn of a leak.
 */
export function withOwnSignal<T extends { readonly signal?: AbortSignal | undefined }>(options: T): T {
  const { signal } = options
  return signal === undefined ? options : { ...options, signal: relayOf(signal) }
}

function relayOf(signal: AbortSignal): AbortSignal {
  const known = relays.get(signal)
  if (known !== undefined) return known
  const relay = sharedAbort()
  if (signal.aborted) relay.abort(signal.reason)
  else signal.addEventListener('abort', () => relay.abort(signal.reason), { once: true })
  relays.set(signal, relay.signal)
  return relay.signal
}

/** Resolves when the signal aborts. The listener stays until then: for signals that end with their caller. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
