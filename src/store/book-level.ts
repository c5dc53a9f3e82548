import type { PeerIdString } from '../domain/brands.js'
import { messageOf, requireObject, StoreError } from '../errors.js'
import { type Clock, systemClock } from '../kit/clock.js'
import { SerialQueue } from '../kit/serial-queue.js'
import { componentLogger, type Logger, silentLogger } from '../logger.js'
import type { BookChange, BookStore } from './book.js'
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
 * aside under another name. Where there is no room or no permission to open it, the node works without a book and tries
 * again with every write.
 */
export function levelBook(init: LevelBookInit): BookStore {
  requireObject('options', '{ dir }', init, 'dir')
  const { dir, logger = silentLogger, clock = systemClock } = init
  /** What errors call it. */
  const what = `peer book ${dir}`
  const log = componentLogger(logger, 'store/book-level')
  /** Calls follow each other: one that reopens the database must not meet another. */
  const calls = new SerialQueue()
  let isOpen = false
  /** `undefined` in an open book: the disk cannot be written at present. */
  let db: LevelDb | undefined

  const requireOpen = (): void => {
    if (!isOpen) throw new StoreError('closed', `${what}: expected an open book, it is closed`)
  }
  const reopen = async (): Promise<LevelDb> => {
    db = await openBook({ dir, what, now: clock.now(), logger })
    return db
  }
  const letGo = async (): Promise<void> => {
    const held = db
    db = undefined
    try {
      await held?.close()
    } catch (error) {
      log.warn({ error: messageOf(error), dir }, 'the peer book did not close cleanly')
    }
  }
  const write = async ({ put = [], remove = [], block = [], unblock = [] }: BookChange): Promise<void> => {
    requireOpen()
    const target = db ?? (await reopen())
    const deleted = (prefix: string) => (peerId: PeerIdString) => ({ type: 'del' as const, key: prefix + peerId })
    try {
      await target.batch([
        ...remove.map(deleted(NODE_PREFIX)),
        ...put.map(node => ({ type: 'put' as const, key: NODE_PREFIX + node.peerId, value: encodeNode(node) })),
        ...unblock.map(deleted(BLOCK_PREFIX)),
        ...block.map(peerId => ({ type: 'put' as const, key: BLOCK_PREFIX + peerId, value: encodeBlock(peerId) }))
      ])
    } catch (error) {
      // LevelDB takes no write after a failed one: the next write opens it again.
      await letGo()
      throw storeFault(error, what)
    }
  }

  return {
    kind: 'level',
    open: () =>
      calls.run(async () => {
        if (isOpen) return
        try {
          await reopen()
        } catch (error) {
          const fault = storeFault(error, what)
          if (fault.kind === 'locked') throw fault
          log.warn({ error: fault.message }, 'the peer book is kept in memory only until the disk takes it')
        }
        isOpen = true
      }),
    close: () =>
      calls.run(async () => {
        isOpen = false
        await letGo()
      }),
    load: () =>
      calls.run(async () => {
        requireOpen()
        if (db === undefined) return { nodes: [], blocked: [] }
        const { nodes, blocked, bad } = await readBook(db, what)
        const [first] = bad
        if (first !== undefined) log.warn({ first, records: bad.length, dir }, 'records of the peer book were left out')
        return { nodes, blocked }
      }),
    write: change => calls.run(() => write(change)),
    sizeBytes: () => folderBytes([dir])
  }
}
