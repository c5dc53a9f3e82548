import { closeSync, constants, fstatSync, mkdirSync, openSync, write, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { messageOf } from '../../errors.js'

/** Lines that wait for a slow or full destination; beyond it they are lost. */
const MAX_QUEUED_CHARS = 1024 * 1024
/** Lines that one write takes. */
const CHUNK_LINES = 256
/** Between two tries to write what could not be written. */
const RETRY_MS = 1_000
/** Between two tries where the reader of a pipe is behind. */
const BUSY_MS = 50
const DEFAULT_STALLED_MS = 5_000

const writeTo = promisify(write)
const { O_APPEND, O_CREAT, O_NONBLOCK, O_WRONLY } = constants

export interface LogWriterInit {
  /** File that is appended to; stderr without it. */
  readonly path?: string
  /** Writing works again: how many lines were lost, and why. */
  readonly onRecovered?: (lost: number, why: string) => void
  /** A write without progress for longer has no reader, ms. */
  readonly stalledMs?: number
}

/**
 * Where log lines go. A log that is full, slow or read by nobody harms nothing else: `write` neither throws nor blocks,
 * what waits is bounded, and {@link fault} tells that lines are being lost.
 *
 * Writes are asynchronous. A regular file is written by a thread of the pool; a pipe, socket or terminal without
 * blocking, since a blocked thread would keep the process from ending.
 */
export class LogWriter {
  readonly #init: LogWriterInit
  #fd: number | undefined
  #queue: string[] = []
  #queuedChars = 0
  /** Being written now. */
  #chunk: Buffer | undefined
  #progressAt = 0
  #draining: Promise<void> | undefined
  #lost = 0
  #why: string | undefined

  /** @throws what the system says when the file cannot be opened */
  constructor(init: LogWriterInit = {}) {
    this.#init = init
    this.#fd = this.#open()
    process.once('exit', () => this.#atExit())
  }

  /** Why lines are being lost, or will be; `undefined` while they are written. */
  fault(): string | undefined {
    if (this.#why !== undefined) return this.#why
    const waited = this.#draining === undefined ? 0 : performance.now() - this.#progressAt
    return waited > (this.#init.stalledMs ?? DEFAULT_STALLED_MS)
      ? `it has taken nothing for ${Math.ceil(waited / 1_000)} s`
      : undefined
  }

  write(line: string): void {
    if (this.#queuedChars + line.length > MAX_QUEUED_CHARS) {
      this.#lost++
      return
    }
    this.#queue.push(line)
    this.#queuedChars += line.length
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = undefined
    })
  }

  /** Closes the file and opens it anew, after another program has moved it. Where that fails, the old one stays. */
  reopen(): void {
    if (this.#init.path === undefined) return
    try {
      const before = this.#fd
      this.#fd = this.#open()
      // A write in flight still holds the old one.
      const closeIt = (): void => {
        if (before !== undefined) closeSync(before)
      }
      if (this.#draining === undefined) closeIt()
      else this.#draining.finally(closeIt)
    } catch (error) {
      this.#why = messageOf(error)
    }
  }

  /** Writes what waits, for at most `ms`. A destination that takes nothing does not keep the process. */
  async close(ms: number): Promise<void> {
    const bound = new AbortController()
    await Promise.race([this.#draining, sleep(ms, undefined, bound).catch(() => undefined)])
    bound.abort()
    if (this.#draining !== undefined) setTimeout(() => process.exit(), ms).unref()
  }

  async #drain(): Promise<void> {
    this.#progressAt = performance.now()
    for (;;) {
      this.#chunk ??= this.#next()
      if (this.#chunk === undefined) return
      try {
        const written = await this.#put(this.#chunk)
        this.#progressAt = performance.now()
        this.#chunk = written < this.#chunk.length ? this.#chunk.subarray(written) : undefined
        this.#recovered()
      } catch (error) {
        await this.#failed(error)
      }
    }
  }

  async #put(chunk: Buffer): Promise<number> {
    if (this.#fd !== undefined) return (await writeTo(this.#fd, chunk)).bytesWritten
    await new Promise<void>((resolve, reject) => {
      process.stderr.write(chunk, error => (error ? reject(error) : resolve()))
    })
    return chunk.length
  }

  async #failed(error: unknown): Promise<void> {
    const busy = error instanceof Error && 'code' in error && error.code === 'EAGAIN'
    if (!busy) this.#why = messageOf(error)
    await sleep(busy ? BUSY_MS : RETRY_MS, undefined, { ref: false })
  }

  #recovered(): void {
    const [lost, why] = [this.#lost, this.#why ?? 'it was written faster than it was read']
    this.#why = undefined
    if (lost === 0 || this.#queuedChars > MAX_QUEUED_CHARS / 2) return
    this.#lost = 0
    this.#init.onRecovered?.(lost, why)
  }

  #next(): Buffer | undefined {
    if (this.#queue.length === 0) return undefined
    const text = this.#queue.splice(0, CHUNK_LINES).join('')
    this.#queuedChars -= text.length
    return Buffer.from(text)
  }

  #open(): number | undefined {
    const { path } = this.#init
    if (path === undefined) return stderrFile()
    mkdirSync(dirname(path), { recursive: true })
    // A named pipe without a reader would block the start.
    return openSync(path, O_APPEND | O_CREAT | O_NONBLOCK | O_WRONLY, 0o600)
  }

  /** What a process that ends by itself, or by a fault, has not written yet. */
  #atExit(): void {
    if (this.#fd === undefined || this.#why !== undefined) return
    try {
      writeSync(this.#fd, this.#queue.join(''))
    } catch {
      return // nothing is left that could tell
    }
  }
}

/**
 * Stderr as a file that does not block; `undefined` where Node's own stream does not block either (a socket), or where
 * nothing else works.
 */
function stderrFile(): number | undefined {
  const stat = fstatSync(2)
  if (stat.isFile()) return 2
  try {
    return stat.isSocket() ? undefined : openSync('/proc/self/fd/2', O_NONBLOCK | O_WRONLY)
  } catch {
    return undefined
  }
}
