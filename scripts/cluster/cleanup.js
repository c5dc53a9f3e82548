// Nothing stays behind: not after the end, not after Ctrl-C, not after a mistake of our own.
import { rmSync } from 'node:fs'
import { killAll } from './processes.js'

/** Exit code of a program ended by SIGINT, as shells give it. */
export const INTERRUPTED = 130

/**
 * The first signal aborts the returned signal, a second one kills at once.
 * @param {{ temporaryDir?: string }} [options]
 */
export function tidyUp({ temporaryDir } = {}) {
  const controller = new AbortController()
  for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(INTERRUPTED)
      controller.abort(new Error(`interrupted by ${name}`))
    })
  }
  process.stdout.on('error', () => process.exit(1)) // e.g. piped into head
  process.on('exit', () => {
    killAll()
    if (temporaryDir !== undefined) rmSync(temporaryDir, { recursive: true, force: true, maxRetries: 3 })
  })
  return controller.signal
}

/**
 * @template T @param {Promise<T>} work @param {AbortSignal} signal
 * @returns {Promise<T>} rejects as soon as the signal aborts; the work itself goes on
 */
export async function orAbort(work, signal) {
  signal.throwIfAborted()
  let abort = () => undefined
  const aborted = new Promise((_, reject) => {
    abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
