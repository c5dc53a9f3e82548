import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Clock, Timer } from '../../kit/clock.js'

/** An editor writes a file in several steps. */
const SETTLE_MS = 100

/**
 * Tells when a file may have changed. It watches the folder, since editors replace files; where the system gives no
 * watcher, and on network disks, the caller's own look at the file has to do.
 */
export function watchFile(file: string, clock: Clock, changed: () => void): () => void {
  let timer: Timer | undefined
  let watcher: FSWatcher | undefined
  const settle = (_event: string, name: string | null): void => {
    if (name !== null && name !== basename(file)) return
    clock.clearTimeout(timer)
    timer = clock.setTimeout(changed, SETTLE_MS)
  }
  const close = (): void => {
    clock.clearTimeout(timer)
    watcher?.close()
    watcher = undefined
  }
  try {
    watcher = watch(dirname(file), { persistent: false }, settle).on('error', close)
  } catch {
    // None to be had, e.g. because the system's limit is reached.
    close()
  }
  return close
}
