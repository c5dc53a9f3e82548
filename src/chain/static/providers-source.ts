import { type FileHandle, open } from 'node:fs/promises'
import type { Height } from '../../domain/brands.js'
import type { SpList } from '../../domain/registry.js'
import { ConfigError, fileFaultOf, InvalidArgumentError } from '../../errors.js'
import type { Clock } from '../../kit/clock.js'
import type { ChainGuard } from '../guard.js'
import type { HeightSource } from '../index.js'
import { type ProvidersFile, parseProvidersFile } from './providers-file.js'

/** 10,000 SPs with 32 nodes each, named at length. */
const MAX_FILE_BYTES = 64 * 1024 * 1024
/** An edit is taken once the file has not changed for this time: it may be written in several steps. */
const STILL_MS = 2_000
/** A file that was written this close to our clock's time was edited now, whatever that clock said before. */
const FRESH_MS = 60_000

interface Reading extends ProvidersFile {
  /** Tells one version of the file from another. */
  readonly stamp: string
  readonly list: SpList
}

/** Reads the SP file and the clock for a guard. */
export class ProvidersSource implements HeightSource {
  readonly #file: string
  readonly #clock: Clock
  readonly #guard: ChainGuard
  #reading: Reading | undefined
  /** Whether the file could be read at the last look, whatever it says. */
  #isThere = false
  #asIs = false
  /** The newest version of the file that was looked at, and since when: monotonic ms. */
  #seen: { readonly stamp: string; readonly at: number } | undefined

  constructor(file: string, clock: Clock, guard: ChainGuard) {
    this.#file = file
    this.#clock = clock
    this.#guard = guard
  }

  /** The first reading. @throws ConfigError */
  async open(): Promise<void> {
    this.#reading ??= await this.#read()
  }

  /** A wrong edit keeps the last good list for as long as the file is there: a file is not silent like a service. */
  async poll(): Promise<void> {
    try {
      this.#reading = await this.#read()
      this.#guard.renewList()
      this.#guard.takeList(this.#reading.list)
    } catch (error) {
      if (this.#isThere) this.#guard.renewList()
      this.#guard.failed('list', error)
    }
    this.takeHeight()
  }

  /** The clock is read at every call, by the same rules as any other source. */
  height(): Height {
    this.takeHeight()
    return this.#guard.height()
  }

  /** The next reading takes the file as it is, also one that was written a moment ago. */
  takeAsIs(): void {
    this.#asIs = true
  }

  takeHeight(): void {
    if (this.#reading === undefined) return
    const { genesisMs, blockTimeMs } = this.#reading
    const elapsed = this.#clock.now() - genesisMs
    const options = { minBlockTimeMs: blockTimeMs, isCounted: true }
    if (elapsed >= 0) this.#guard.takeHeight(BigInt(Math.floor(elapsed / blockTimeMs)), options)
    else this.#guard.failed('height', new ConfigError('chain.genesis lies in the future, or this clock is behind'))
  }

  /** The file as it is now; the last reading while it has not changed or is being written. @throws ConfigError */
  async #read(): Promise<Reading> {
    this.#isThere = false
    const loaded = await this.#load()
    this.#asIs = false
    this.#isThere = true
    if ('list' in loaded) return loaded
    const { text, stamp, writtenAt } = loaded
    const file = parseProvidersFile(text, this.#file)
    const list: SpList = {
      sequence: this.#guard.lastSequence ?? 0n,
      time: this.#timeOf(writtenAt),
      entries: file.entries
    }
    return { ...file, stamp, list }
  }

  async #load(): Promise<Reading | { readonly text: string; readonly stamp: string; readonly writtenAt: number }> {
    try {
      const handle = await open(this.#file, 'r')
      try {
        const { stamp, size, writtenAt } = await versionOf(handle)
        if (size > MAX_FILE_BYTES) throw new InvalidArgumentError(this.#file, `at most ${MAX_FILE_BYTES} bytes`, size)
        const before = this.#reading
        const isStill = this.#asIs || this.#isStill(stamp, writtenAt)
        if (stamp === before?.stamp || (before !== undefined && !isStill)) return before
        const text = await handle.readFile('utf8')
        if (before !== undefined && (await versionOf(handle)).stamp !== stamp) return before
        return { text, stamp, writtenAt }
      } finally {
        await handle.close()
      }
    } catch (cause) {
      throw new ConfigError(`${this.#file}: expected a readable SP file, got ${fileFaultOf(cause)}`, { cause })
    }
  }

  #isStill(stamp: string, writtenAt: number): boolean {
    const now = this.#clock.monotonic()
    if (this.#seen?.stamp !== stamp) this.#seen = { stamp, at: now }
    return now - this.#seen.at >= STILL_MS || this.#clock.now() - writtenAt >= STILL_MS
  }

  /**
   * A file brought back with its old time is an old list. The time of one that is edited while we look counts from the
   * list in force, so that a clock that was wrong before shuts out no edit.
   */
  #timeOf(writtenAt: number): number {
    const isFresh = Math.abs(this.#clock.now() - writtenAt) <= FRESH_MS
    return Math.floor(isFresh ? Math.max(writtenAt, this.#guard.lastListTime ?? 0) : writtenAt)
  }
}

/** What tells one version of a file from another, and when it was written: Unix ms. */
async function versionOf(handle: FileHandle) {
  const { ino, size, mtimeNs, ctimeNs, mtimeMs } = await handle.stat({ bigint: true })
  return { stamp: `${ino}/${size}/${mtimeNs}/${ctimeNs}`, size, writtenAt: Number(mtimeMs) }
}
