/**
 * What a connector remembers across restarts: the highest list sequence, so that an old list cannot come back, the
 * SPs of that list, so that half of them cannot vanish meanwhile, and the last height with its wall time.
 */
import { readFile, rename, stat } from 'node:fs/promises'
import { requireSpAddress } from '../codec/address.js'
import type { SpAddress } from '../domain/brands.js'
import type { HeightGap, StoredHeight } from '../domain/height-track.js'
import { DecodeError } from '../errors.js'
import { isMissing, writeFileAtomically } from '../kit/atomic-file.js'
import type { Clock } from '../kit/clock.js'
import { SerialQueue } from '../kit/serial-queue.js'

export interface ChainState {
  /** The source that it was read from: the state of another network is ignored. */
  readonly source: string
  readonly list: { readonly sequence: bigint; readonly time: number; readonly sps: readonly SpAddress[] } | undefined
  readonly height: StoredHeight | undefined
  /** Heights that restarts skipped. */
  readonly gaps: readonly HeightGap[]
}

/** Room for 10,000 addresses. */
const MAX_STATE_BYTES = 2 * 1024 * 1024

/** The stored height may be this old; a new list is written at once. */
const HEIGHT_WRITE_INTERVAL_MS = 10_000

/**
 * A connector's state on disk: one write at a time, the newest state wins. Without a file it does nothing.
 * `onWritten` is called after every write, with the error of one that failed.
 */
export class StateFile {
  readonly #file: string | undefined
  readonly #clock: Clock
  readonly #onWritten: (error: unknown) => void
  #next: (() => ChainState) | undefined
  readonly #writes = new SerialQueue()
  #writtenAt = Number.NEGATIVE_INFINITY

  constructor(file: string | undefined, clock: Clock, onWritten: (error: unknown) => void) {
    this.#file = file
    this.#clock = clock
    this.#onWritten = onWritten
  }

  /** The stored state; `undefined` where there is none. @throws DecodeError when the file is not what was written */
  async load(): Promise<ChainState | undefined> {
    const file = this.#file
    if (file === undefined) return undefined
    let text: string
    try {
      const { size } = await stat(file)
      if (size > MAX_STATE_BYTES) throw new DecodeError('too-large', `${file}: ${size} bytes`)
      text = await readFile(file, 'utf8')
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
    try {
      return parseState(JSON.parse(text))
    } catch (cause) {
      throw new DecodeError('malformed', `${file}: expected the state a connector wrote`, { cause })
    }
  }

  /** Resolves when this state or a newer one is on disk; without `now` it may be left to a later call. */
  async save(state: () => ChainState, { now = false }: { readonly now?: boolean } = {}): Promise<void> {
    const file = this.#file
    if (file === undefined) return
    if (!now && this.#clock.monotonic() - this.#writtenAt < HEIGHT_WRITE_INTERVAL_MS) return
    this.#writtenAt = this.#clock.monotonic()
    this.#next = state
    await this.#writes.run(async () => {
      const next = this.#next
      if (next === undefined) return
      this.#next = undefined
      try {
        await writeFileAtomically(file, textOf(next()))
        this.#onWritten(undefined)
      } catch (error) {
        this.#onWritten(error)
      }
    })
  }

  /** Moves a damaged file out of the way and gives its new name. */
  async setAside(): Promise<string> {
    const aside = `${this.#file}.damaged-${this.#clock.now()}`
    if (this.#file !== undefined) await rename(this.#file, aside)
    return aside
  }
}

function parseState(raw: unknown): ChainState {
  const { version, source, list, height, gaps = [] } = Object(raw)
  if (version !== 1 || typeof source !== 'string') throw new TypeError('version or source')
  return {
    source,
    list:
      list === null
        ? undefined
        : {
            sequence: natural(list.sequence),
            time: Number(natural(list.time)),
            sps: Array.from(list.sps, sp => requireSpAddress('sps', String(sp)))
          },
    height: height === null ? undefined : { value: natural(height.value), at: Number(natural(height.at)) },
    gaps: Array.from(gaps, ({ from, to }) => ({ from: natural(from), to: natural(to) }))
  }
}

function natural(value: unknown): bigint {
  if (typeof value === 'string' || Number.isSafeInteger(value)) {
    const number = BigInt(value as string | number)
    if (number >= 0n && number < 1n << 63n) return number
  }
  throw new TypeError('expected a whole number below 2^63')
}

const textOf = ({ source, list, height, gaps }: ChainState): string =>
  JSON.stringify({
    version: 1,
    source,
    list: list === undefined ? null : { ...list, sequence: `${list.sequence}` },
    height: height === undefined ? null : { ...height, value: `${height.value}` },
    gaps: gaps.map(({ from, to }) => ({ from: `${from}`, to: `${to}` }))
  })
