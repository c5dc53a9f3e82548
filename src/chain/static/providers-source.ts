import { open } from 'node:fs/promises'
import type { Height } from '../../domain/brands.js'
import type { SpList } from '../../domain/registry.js'
import { ConfigError, fileFaultOf, InvalidArgumentError } from '../../errors.js'
import type { Clock } from '../../kit/clock.js'
import type { ChainGuard } from '../guard.js'
import type { HeightSource } from '../index.js'
import { type ProvidersFile, parseProvidersFile } from './providers-file.js'

/** 10,000 SPs with 32 nodes each, named at length. */
const MAX_FILE_BYTES = 64 * 1024 * 1024

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

  constructor(file: string, clock: Clock, guard: ChainGuard) {
    this.#file = file
    this.#clock = clock
    this.#guard = guard
  }

  /** The first reading. @throws ConfigError */
  async open(): Promise<void> {
    this.#reading ??= await this.#read()
  }

  async poll(): Promise<void> {
    try {
      this.#reading = await this.#read()
      this.#guard.takeList(this.#reading.list)
    } catch (error) {
      this.#guard.failed('list', error)
    }
    this.takeHeight()
  }

  /** The clock is read at every call, by the same rules as any other source. */
  height(): Height {
    this.takeHeight()
    return this.#guard.height()
  }

  takeHeight(): void {
    if (this.#reading === undefined) return
    const { genesisMs, blockTimeMs } = this.#reading
    const elapsed = this.#clock.now() - genesisMs
    if (elapsed >= 0) this.#guard.takeHeight(BigInt(Math.floor(elapsed / blockTimeMs)), blockTimeMs)
    else this.#guard.failed('height', new ConfigError('chain.genesis lies in the future, or this clock is behind'))
  }

  /** The current content of the file; the last reading if it has not changed. @throws ConfigError */
  async #read(): Promise<Reading> {
    const loaded = await this.#load()
    if ('list' in loaded) return loaded
    const { text, stamp, writtenAt } = loaded
    const file = parseProvidersFile(text, this.#file)
    // The time of the last edit counts edits: a file brought back with its old time is an old list.
    const list: SpList = { sequence: BigInt(writtenAt), time: writtenAt, entries: file.entries }
    return { ...file, stamp, list }
  }

  async #load(): Promise<Reading | { readonly text: string; readonly stamp: string; readonly writtenAt: number }> {
    try {
      const handle = await open(this.#file, 'r')
      try {
        const info = await handle.stat({ bigint: true })
        if (info.size > MAX_FILE_BYTES)
          throw new InvalidArgumentError(this.#file, `at most ${MAX_FILE_BYTES} bytes`, info.size)
        const stamp = `${info.ino}/${info.size}/${info.mtimeNs}/${info.ctimeNs}`
        if (stamp === this.#reading?.stamp) return this.#reading
        // A file from the future (a clock that was wrong) must not shut out every later edit.
        const writtenAt = Math.floor(Math.min(Number(info.mtimeMs), this.#clock.now()))
        return { text: await handle.readFile('utf8'), stamp, writtenAt }
      } finally {
        await handle.close()
      }
    } catch (cause) {
      throw new ConfigError(`${this.#file}: expected a readable SP file, got ${fileFaultOf(cause)}`, { cause })
    }
  }
}
