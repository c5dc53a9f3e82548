import type { PeerIdString } from '../domain/brands.js'
import type { Node } from '../domain/node.js'
import { messageOf } from '../errors.js'
import type { Clock } from '../kit/clock.js'
import { Poller } from '../kit/poller.js'
import { SerialQueue } from '../kit/serial-queue.js'
import { componentLogger, type Logger } from '../logger.js'
import { type BookContents, type BookRecord, type BookStore, bookRecord } from '../store/book.js'

/** Changes within this time are written together; losing the last seconds of the book does no harm. */
const WRITE_EVERY_MS = 5_000
/** Age at which times on disk are renewed, ms: an answer that changes nothing else is not worth a write. */
const FRESH_MS = 10 * 60_000
/** Above any sensible `ZombieAfterFailures`: further failures are not written. */
const MANY_FAILURES = 8

/** Writes kept nodes to disk in the background. A full or read-only disk is logged once and tried again. */
export class BookWriter {
  readonly #store: BookStore
  readonly #logger: Logger
  readonly #changed = new Map<PeerIdString, Node | undefined>()
  /** Each node as we last read it from disk or wrote it. */
  readonly #written = new Map<PeerIdString, BookRecord>()
  readonly #poller: Poller
  readonly #writes = new SerialQueue()
  #fault: string | undefined

  constructor(store: BookStore, clock: Clock, logger: Logger) {
    this.#store = store
    this.#poller = new Poller({ clock, intervalMs: WRITE_EVERY_MS, poll: () => this.flush(), atOnce: false })
    this.#logger = componentLogger(logger, 'peers/book-writer')
  }

  readonly keep = (node: Node, kept: boolean): void => {
    if (!kept) this.#changed.set(node.peerId, undefined)
    else if (this.#changed.has(node.peerId) || isNews(this.#written.get(node.peerId), node)) {
      this.#changed.set(node.peerId, node)
    }
  }

  /** @param nodes the nodes that were loaded: they are not written again */
  start({ nodes }: Pick<BookContents, 'nodes'> = { nodes: [] }): void {
    this.#written.clear()
    for (const node of nodes) this.#written.set(node.peerId, node)
    void this.#poller.start()
  }

  async stop(): Promise<void> {
    await this.#poller.stop()
    await this.flush()
  }

  /** Why the last write failed; `undefined` after one that went well. */
  get fault(): string | undefined {
    return this.#fault
  }

  /** Resolves once all changes so far are written, or could not be. */
  flush(): Promise<void> {
    return this.#writes.run(() => this.#write())
  }

  async #write(): Promise<void> {
    if (this.#changed.size === 0) return
    const changes = [...this.#changed]
    this.#changed.clear()
    const put = changes.flatMap(([, node]) => (node === undefined ? [] : [bookRecord(node)]))
    const remove = changes.flatMap(([peerId, node]) => (node === undefined ? [peerId] : []))
    try {
      await this.#store.write({ put, remove })
    } catch (error) {
      for (const [peerId, node] of changes) if (!this.#changed.has(peerId)) this.#changed.set(peerId, node)
      if (this.#fault === undefined)
        this.#logger.error({ error: messageOf(error) }, 'the peer book could not be written')
      this.#fault = messageOf(error)
      return
    }
    for (const record of put) this.#written.set(record.peerId, record)
    for (const peerId of remove) this.#written.delete(peerId)
    if (this.#fault !== undefined) this.#logger.info({}, 'the peer book can be written again')
    this.#fault = undefined
  }
}

/** Whether a node differs from what is on disk by more than a few minutes of times and a round trip. */
function isNews(written: BookRecord | undefined, node: Node): boolean {
  if (written === undefined) return true
  const { sp, standing, proven, source, failures, lastSuccess, addresses } = node
  return (
    written.sp !== sp ||
    written.standing !== standing ||
    written.proven !== proven ||
    written.source !== source ||
    Math.min(written.failures, MANY_FAILURES) !== Math.min(failures, MANY_FAILURES) ||
    isOlder(written.lastSuccess, lastSuccess) ||
    written.addresses.length !== addresses.length ||
    addresses.some(({ address, lastSuccess: answered }) => {
      const before = written.addresses.find(entry => entry.address === address)
      return before === undefined || isOlder(before.lastSuccess, answered)
    })
  )
}

const isOlder = (written: number | undefined, now: number | undefined): boolean =>
  now !== undefined && (written === undefined || now - written >= FRESH_MS)
