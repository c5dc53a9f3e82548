import type { PeerIdString } from '../domain/brands.js'
import type { Clock, Timer } from '../domain/clock.js'
import { messageOf } from '../errors.js'
import type { Logger } from '../logger.js'
import type { BookStore } from '../store/book.js'
import { bookRecord, type Node } from './node.js'

/** What changed is written together, so often; a book that loses its last seconds is no loss. */
const WRITE_EVERY_MS = 5_000

/** Writes permanent nodes behind the running book. A disk that is full or read-only is told once and tried again. */
export class Keeping {
  readonly #store: BookStore
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #changed = new Map<PeerIdString, Node | undefined>()
  #timer: Timer | undefined
  #writing: Promise<void> = Promise.resolve()
  #failing = false

  constructor(store: BookStore, clock: Clock, logger: Logger) {
    this.#store = store
    this.#clock = clock
    this.#logger = logger
  }

  readonly keep = (node: Node, kept: boolean): void => {
    this.#changed.set(node.peerId, kept ? node : undefined)
  }

  start(): void {
    this.#timer = this.#clock.setTimeout(() => {
      void this.flush()
      this.start()
    }, WRITE_EVERY_MS)
  }

  async stop(): Promise<void> {
    this.#clock.clearTimeout(this.#timer)
    await this.flush()
  }

  /** Resolves once what changed so far is written, or could not be. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write())
    return this.#writing
  }

  async #write(): Promise<void> {
    if (this.#changed.size === 0) return
    const changes = [...this.#changed]
    this.#changed.clear()
    try {
      await this.#store.write({
        put: changes.flatMap(([, node]) => (node === undefined ? [] : [bookRecord(node)])),
        remove: changes.flatMap(([peerId, node]) => (node === undefined ? [peerId] : []))
      })
      this.#failing = false
    } catch (error) {
      for (const [peerId, node] of changes) if (!this.#changed.has(peerId)) this.#changed.set(peerId, node)
      if (!this.#failing) this.#logger.error({ error: messageOf(error) }, 'the peer book could not be written')
      this.#failing = true
    }
  }
}
