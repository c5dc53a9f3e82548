import { type FSWatcher, watch } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { messageOf } from '../errors.js'
import type { Clock, Timer } from '../kit/clock.js'
import type { Logger } from '../logger.js'

/** A file counts as written when it has stood still for so long: editors write in several steps. */
const SETTLE_MS = 50
/** Backstop where the system tells of no changes: network file systems, exhausted watches, a replaced folder. */
const POLL_MS = 2_000

interface FileWatcherInit {
  readonly file: string
  readonly clock: Clock
  readonly logger: Logger
  /** The file, or what stands in its place, is another one than before; also once after the start. */
  readonly onChange: () => void
  readonly pollMs?: number
}

/**
 * Watches the folder, since editors and config maps replace files by renaming, and looks at the file itself to see
 * whether anything that concerns us happened.
 */
export class FileWatcher {
  private readonly file: string
  private watcher: FSWatcher | undefined
  private settling: Timer | undefined
  private polling: Timer | undefined
  private told: string | undefined
  private seen: string | undefined
  private open = false

  constructor(private readonly init: FileWatcherInit) {
    this.file = resolve(init.file)
  }

  start(): void {
    if (this.open) return
    this.open = true
    try {
      this.watcher = watch(dirname(this.file), { persistent: false }, () => this.look(SETTLE_MS))
      this.watcher.on('error', error => this.fallBack(error))
    } catch (error) {
      this.fallBack(error)
    }
    this.look(0)
    this.poll()
  }

  stop(): void {
    this.open = false
    this.watcher?.close()
    this.watcher = undefined
    this.init.clock.clearTimeout(this.settling)
    this.init.clock.clearTimeout(this.polling)
    this.settling = undefined
    this.told = undefined
    this.seen = undefined
  }

  private poll(): void {
    this.polling = this.init.clock.setTimeout(() => {
      this.look(0)
      this.poll()
    }, this.init.pollMs ?? POLL_MS)
    keepNobodyAlive(this.polling)
  }

  private look(afterMs: number): void {
    if (!this.open || this.settling !== undefined) return
    this.settling = this.init.clock.setTimeout(() => void this.compare(), afterMs)
    keepNobodyAlive(this.settling)
  }

  private async compare(): Promise<void> {
    // From here on an event asks for another look: what we read may be older than it.
    this.settling = undefined
    const now = await identityOf(this.file)
    if (!this.open) return
    if (now === this.told) {
      this.seen = now
    } else if (now === this.seen) {
      this.told = now
      this.init.onChange()
    } else {
      this.seen = now
      this.look(SETTLE_MS)
    }
  }

  private fallBack(error: unknown): void {
    this.watcher?.close()
    this.watcher = undefined
    this.init.logger.warn({ file: this.file, why: messageOf(error) }, 'folder cannot be watched, polling only')
  }
}

async function identityOf(file: string): Promise<string> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true })
    return `${ino}:${size}:${mtimeNs}:${ctimeNs}`
  } catch (error) {
    return `absent: ${messageOf(error)}`
  }
}

/** A process that has nothing else to do may end; a fake clock's timers know no such thing. */
function keepNobodyAlive(timer: Timer): void {
  if ('unref' in timer && typeof timer.unref === 'function') timer.unref()
}
