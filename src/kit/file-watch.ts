import { type FSWatcher, watch } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Clock, Timer } from './clock.js'

/** A file is read once it has not changed for this time: editors write in several steps. */
const SETTLE_MS = 50
/** For systems that report no changes: network file systems, exhausted watches, a replaced folder. */
const POLL_MS = 2_000

interface FileWatchInit {
  readonly file: string
  readonly clock: Clock
  /** The file's identity, size or times differ from before, or it appeared or vanished; also called once after the start. */
  readonly onChange: () => void
  /** The folder cannot be watched: changes are found by polling only. */
  readonly onUnwatched?: (why: unknown) => void
  readonly pollMs?: number
}

/**
 * Watches the folder, since editors and config maps replace files by renaming, and compares the file's `stat` to see
 * whether it was this file that changed.
 */
export class FileWatch {
  readonly #init: FileWatchInit
  readonly #file: string
  #watcher: FSWatcher | undefined
  #settling: Timer | undefined
  #polling: Timer | undefined
  #told: string | undefined
  #seen: string | undefined
  #open = false

  constructor(init: FileWatchInit) {
    this.#init = init
    this.#file = resolve(init.file)
  }

  start(): void {
    if (this.#open) return
    this.#open = true
    try {
      this.#watcher = watch(dirname(this.#file), { persistent: false }, () => this.#check(SETTLE_MS))
      this.#watcher.on('error', error => this.#pollOnly(error))
    } catch (error) {
      this.#pollOnly(error)
    }
    this.#check(0)
    this.#poll()
  }

  stop(): void {
    this.#open = false
    this.#watcher?.close()
    this.#watcher = undefined
    this.#init.clock.clearTimeout(this.#settling)
    this.#init.clock.clearTimeout(this.#polling)
    this.#settling = undefined
    this.#told = undefined
    this.#seen = undefined
  }

  #poll(): void {
    this.#polling = this.#init.clock.setTimeout(() => {
      this.#check(0)
      this.#poll()
    }, this.#init.pollMs ?? POLL_MS)
    unref(this.#polling)
  }

  #check(afterMs: number): void {
    if (!this.#open || this.#settling !== undefined) return
    this.#settling = this.#init.clock.setTimeout(() => void this.#compare(), afterMs)
    unref(this.#settling)
  }

  async #compare(): Promise<void> {
    // An event from here on asks for another check: what is read now may be older than it.
    this.#settling = undefined
    const now = await identityOf(this.#file)
    if (!this.#open) return
    if (now === this.#told) {
      this.#seen = now
    } else if (now === this.#seen) {
      this.#told = now
      this.#init.onChange()
    } else {
      this.#seen = now
      this.#check(SETTLE_MS)
    }
  }

  #pollOnly(error: unknown): void {
    this.#watcher?.close()
    this.#watcher = undefined
    this.#init.onUnwatched?.(error)
  }
}

async function identityOf(file: string): Promise<string> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true })
    return `${ino}:${size}:${mtimeNs}:${ctimeNs}`
  } catch (error) {
    return `absent: ${error}`
  }
}

/** The timer does not keep the process alive; a fake clock's timers have no `unref`. */
function unref(timer: Timer): void {
  if ('unref' in timer && typeof timer.unref === 'function') timer.unref()
}
