import type { PeerIdString } from '../domain/brands.js'
import { messageOf, StoreError } from '../errors.js'
import type { Clock } from '../kit/clock.js'
import { systemClock } from '../kit/clock.js'
import { SerialQueue } from '../kit/serial-queue.js'
import { componentLogger, type Logger, silentLogger } from '../logger.js'
import type { BookChange, BookContents, BookStore } from './book.js'
import { BLOCK_PREFIX, encodeBlock, NODE_PREFIX, openBook, readBook } from './book-level-open.js'
import { encodeNode } from './book-record.js'
import { folderBytes } from './folder.js'
import type { LevelDb } from './level-db.js'
import { storeFault } from './store-fault.js'

export interface LevelBookInit {
  /** Folder of the book, made 0700. */
  readonly dir: string
  readonly logger?: Logger
  readonly clock?: Clock
}

/**
 * The peer book in a LevelDB database of its own. A book that cannot be believed, or that a later version wrote, is set
 * aside under another name; one that cannot be opened for want of room or rights is done without, and tried again with
 * every write.
 */
export const levelBook = (init: LevelBookInit): BookStore => new LevelBook(init)

class LevelBook implements BookStore {
  readonly kind = 'level'
  readonly #dir: string
  /** What errors call it. */
  readonly #what: string
  readonly #logger: Logger
  readonly #clock: Clock
  #state: 'closed' | 'open' = 'closed'
  /** `undefined` in an open book: the disk does not take it at present. */
  #db: LevelDb | undefined
  /** Calls follow each other: one that reopens the database must not meet another. */
  readonly #calls = new SerialQueue()

  constructor({ dir, logger = silentLogger, clock = systemClock }: LevelBookInit) {
    this.#dir = dir
    this.#what = `peer book ${dir}`
    this.#logger = componentLogger(logger, 'store/book-level')
    this.#clock = clock
  }

  open(): Promise<void> {
    return this.#calls.run(async () => {
      if (this.#state === 'open') return
      try {
        await this.#reopen()
      } catch (error) {
        const fault = storeFault(error, this.#what)
        if (fault.kind === 'locked') throw fault
        this.#logger.warn({ error: fault.message }, 'the peer book is kept in memory only until the disk takes it')
      }
      this.#state = 'open'
    })
  }

  close(): Promise<void> {
    return this.#calls.run(async () => {
      this.#state = 'closed'
      await this.#letGo()
    })
  }

  load(): Promise<BookContents> {
    return this.#calls.run(async () => {
      this.#requireOpen()
      if (this.#db === undefined) return { nodes: [], blocked: [] }
      const { nodes, blocked, bad } = await readBook(this.#db, this.#what)
      const [first] = bad
      if (first !== undefined) {
        this.#logger.warn({ first, records: bad.length, dir: this.#dir }, 'records of the peer book were left out')
      }
      return { nodes, blocked }
    })
  }

  write({ put = [], remove = [], block = [], unblock = [] }: BookChange): Promise<void> {
    return this.#calls.run(async () => {
      this.#requireOpen()
      const db = this.#db ?? (await this.#reopen())
      const deleted = (prefix: string) => (peerId: PeerIdString) => ({ type: 'del' as const, key: prefix + peerId })
      try {
        await db.batch([
          ...remove.map(deleted(NODE_PREFIX)),
          ...put.map(node => ({ type: 'put' as const, key: NODE_PREFIX + node.peerId, value: encodeNode(node) })),
          ...unblock.map(deleted(BLOCK_PREFIX)),
          ...block.map(peerId => ({ type: 'put' as const, key: BLOCK_PREFIX + peerId, value: encodeBlock(peerId) }))
        ])
      } catch (error) {
        // LevelDB takes no write after a failed one: the next write opens it again.
        await this.#letGo()
        throw storeFault(error, this.#what)
      }
    })
  }

  sizeBytes(): Promise<number> {
    return folderBytes([this.#dir])
  }

  async #reopen(): Promise<LevelDb> {
    const now = this.#clock.now()
    const db = await openBook({ dir: this.#dir, what: this.#what, now, logger: this.#logger })
    this.#db = db
    return db
  }

  async #letGo(): Promise<void> {
    const db = this.#db
    this.#db = undefined
    try {
      await db?.close()
    } catch (error) {
      this.#logger.warn({ error: messageOf(error), dir: this.#dir }, 'the peer book did not close cleanly')
    }
  }

  #requireOpen(): void {
    if (this.#state === 'closed') throw new StoreError('closed', `${this.#what}: expected an open book, it is closed`)
  }
}
