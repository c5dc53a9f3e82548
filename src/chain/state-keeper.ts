import { rename } from 'node:fs/promises'
import type { Clock } from '../kit/clock.js'
import { SerialQueue } from '../kit/serial-queue.js'
import { type ChainState, saveChainState } from './state-file.js'

/** The stored height may be this old; a new list is written at once. */
const HEIGHT_WRITE_INTERVAL_MS = 10_000

/**
 * Writes a connector's state: one write at a time, the newest state wins. Without a file it does nothing.
 * `onWritten` is called after every write, with the error of one that failed.
 */
export class StateKeeper {
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

  /** Resolves when this state or a newer one is on disk; without `now` it may be left to a later call. */
  async save(state: () => ChainState, { now = false }: { readonly now?: boolean } = {}): Promise<void> {
    const file = this.#file
    if (file === undefined) return
    if (!now && this.#clock.monotonic() - this.#writtenAt < HEIGHT_WRITE_INTERVAL_MS) return
    this.#writtenAt = this.#clock.monotonic()
    this.#next = state
    await this.#writes.run(() => this.#write(file))
  }

  async #write(file: string): Promise<void> {
    const state = this.#next
    if (state === undefined) return
    this.#next = undefined
    try {
      await saveChainState(file, state())
      this.#onWritten(undefined)
    } catch (error) {
      this.#onWritten(error)
    }
  }

  /** Moves a damaged file out of the way and gives its new name. */
  async setAside(): Promise<string> {
    const aside = `${this.#file}.damaged-${this.#clock.now()}`
    if (this.#file !== undefined) await rename(this.#file, aside)
    return aside
  }
}
