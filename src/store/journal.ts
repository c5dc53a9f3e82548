import { join } from 'node:path'
import type { Grant } from '../domain/grant.js'
import { larger } from '../domain/larger.js'
import { messageOf, StoreError } from '../errors.js'
import type { Clock, Timer } from '../kit/clock.js'
import { componentLogger, type Logger } from '../logger.js'
import { decodeGrant, type EncodedGrant, encodeGrant } from './grant-record.js'
import { GroupCommit } from './group-commit.js'
import { writeHighMark } from './high-mark.js'
import { addSum, encodeMeta, GRANT_PREFIX, type JournalMeta, META_KEY, subtractSum } from './journal-meta.js'
import { type OpenedJournal, openJournal, raisedMark } from './journal-open.js'
import type { Damage } from './reconcile.js'
import { storeFault } from './store-fault.js'

/** Records of one synced batch. */
const BATCH_RECORDS = 512
/** Delay until the side file has the number of the last write; a crash within it leaves an older number there. */
const CHECKPOINT_MS = 1_000
/** Least time between two tries to open the database anew after a failed write. */
const RETRY_MS = 1_000

type Op =
  | { readonly type: 'put'; readonly grant: Grant; readonly record: EncodedGrant }
  | { readonly type: 'delete'; readonly keys: readonly string[] }
  | { readonly type: 'damage'; readonly mark: bigint }
  | { readonly type: 'checkpoint' }

type BatchOp = { type: 'put'; key: string; value: Uint8Array } | { type: 'del'; key: string }

/**
 * The grants on disk. All writes pass through one group commit, so they follow each other:
 * mark into the journal, synced ▸ side file, synced ▸ the grant, synced ▸ the caller goes on.
 */
export class GrantJournal {
  readonly #dir: string
  readonly #sideFile: string
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #commit = new GroupCommit<Op>(ops => this.#write(ops), BATCH_RECORDS)
  #opened: OpenedJournal | undefined
  /** In force at once, written with the next batch. */
  #damage: Damage | undefined
  /** Why the last write failed, and when to try again (monotonic ms). */
  #failed: { readonly fault: StoreError; readonly retryAt: number } | undefined
  #checkpoint: Timer | undefined
  #closing = true

  constructor(dir: string, clock: Clock, logger: Logger) {
    this.#dir = join(dir, 'grants')
    this.#sideFile = join(dir, 'grants.high')
    this.#clock = clock
    this.#logger = componentLogger(logger, 'store/journal')
  }

  get damage(): Damage | undefined {
    return this.#damage
  }

  /** Highest height promised so far, rounded up; 0 while not open. */
  get mark(): bigint {
    return this.#opened?.meta.mark ?? 0n
  }

  /** @throws StoreError */
  async open(): Promise<void> {
    this.#adopt(await this.#openNow())
    this.#closing = false
  }

  /** Writes what is waiting and brings the side file up to the journal. */
  async close(): Promise<void> {
    if (this.#closing) return
    this.#clock.clearTimeout(this.#checkpoint)
    this.#checkpoint = undefined
    const level = this.#commit.push({ type: 'checkpoint' })
    this.#closing = true
    try {
      await level
    } catch (error) {
      this.#logger.warn({ error: messageOf(error) }, 'grants.high could not be written at close')
    }
    await this.#commit.idle()
    await this.#opened?.db.close()
    this.#opened = undefined
  }

  async load(): Promise<Grant[]> {
    const { db } = this.#usable()
    const grants: Grant[] = []
    try {
      for await (const [key, value] of db.iterator({ gte: GRANT_PREFIX, lt: `${GRANT_PREFIX}~` })) {
        const record = decodeGrant(key.slice(GRANT_PREFIX.length), value)
        if (!record.ok) throw new StoreError('corrupt', `grant journal: ${record.reason}`)
        grants.push(record.grant)
      }
    } catch (error) {
      throw storeFault(error, 'grant journal')
    }
    return grants
  }

  async put(grant: Grant): Promise<void> {
    if (grant.state === 'live') this.#mayPromise()
    await this.#push({ type: 'put', grant, record: encodeGrant(grant) })
  }

  delete(keys: readonly string[]): Promise<void> {
    return keys.length === 0
      ? Promise.resolve()
      : this.#push({ type: 'delete', keys: keys.map(key => GRANT_PREFIX + key) })
  }

  /**
   * Sets or ends the damage. `damage` changes at once; resolves when journal and side file are synced.
   * @param mark raises the mark to at least this
   */
  setDamage(damage: Damage | undefined, mark = 0n): Promise<void> {
    this.#damage = damage
    return this.#push({ type: 'damage', mark })
  }

  /** Takes back what `setDamage` could not write. */
  stayDamaged(damage: Damage | undefined): void {
    this.#damage = damage
  }

  #adopt(opened: OpenedJournal): void {
    this.#opened = opened
    this.#damage = opened.meta.damage
    this.#failed = undefined
  }

  #openNow(): Promise<OpenedJournal> {
    return openJournal({ dir: this.#dir, sideFile: this.#sideFile, now: this.#clock.now(), logger: this.#logger })
  }

  #mayPromise(): void {
    if (this.#damage === undefined) return
    throw new StoreError('corrupt', `grant journal: no promise is given while it is damaged: ${this.#damage.reason}`)
  }

  #push(op: Op): Promise<void> {
    if (this.#closing) return Promise.reject(new StoreError('closed', 'store: expected an open store, it is closed'))
    return this.#commit.push(op)
  }

  #usable(): OpenedJournal {
    if (this.#opened !== undefined) return this.#opened
    throw this.#failed?.fault ?? new StoreError('closed', 'store: expected an open store, it is closed')
  }

  async #write(ops: readonly Op[]): Promise<void> {
    const opened = this.#opened ?? (await this.#reopen())
    // The journal may turn out to be damaged when it is opened again after a failure.
    if (ops.some(op => op.type === 'put' && op.grant.state === 'live')) this.#mayPromise()
    const highest = ops.reduce((most, op) => (op.type === 'put' ? larger(most, op.grant.expiredHeight) : most), 0n)
    if (highest > opened.sideMark) {
      await this.#batch(opened, [], { mark: larger(opened.meta.mark, raisedMark(highest)) })
      await this.#writeSide(opened)
    }
    const last = ops.findLast(op => op.type === 'damage')
    const change = last === undefined ? {} : { mark: larger(opened.meta.mark, last.mark) }
    if (last !== undefined || ops.some(op => op.type === 'put' || op.type === 'delete')) {
      await this.#batch(opened, ops, change)
    }
    if (last !== undefined || ops.some(op => op.type === 'checkpoint')) await this.#writeSide(opened)
    else this.#checkpointLater()
  }

  /** One synced batch: records and the journal's own record, all or nothing. */
  async #batch(opened: OpenedJournal, ops: readonly Op[], change: Partial<JournalMeta>): Promise<void> {
    const changes = new Map<string, EncodedGrant | undefined>()
    for (const op of ops) {
      if (op.type === 'put') changes.set(GRANT_PREFIX + op.grant.key, op.record)
      if (op.type === 'delete') for (const key of op.keys) changes.set(key, undefined)
    }
    let { count, sum } = opened.meta
    const batch: BatchOp[] = []
    for (const [key, record] of changes) {
      const before = opened.checks.get(key)
      if (before !== undefined) {
        count--
        sum = subtractSum(sum, before)
      }
      if (record === undefined) batch.push({ type: 'del', key })
      else {
        count++
        sum = addSum(sum, record.check)
        batch.push({ type: 'put', key, value: record.bytes })
      }
    }
    const meta: JournalMeta = {
      ...opened.meta,
      ...change,
      damage: this.#damage,
      count,
      sum,
      sequence: opened.meta.sequence + 1n
    }
    batch.push({ type: 'put', key: META_KEY, value: encodeMeta(meta) })
    try {
      await opened.db.batch(batch, { sync: true })
    } catch (error) {
      throw await this.#giveUp(opened, error)
    }
    opened.meta = meta
    for (const [key, record] of changes) {
      if (record === undefined) opened.checks.delete(key)
      else opened.checks.set(key, record.check)
    }
  }

  async #writeSide(opened: OpenedJournal): Promise<void> {
    try {
      await writeHighMark(this.#sideFile, opened.meta)
      opened.sideMark = opened.meta.mark
    } catch (error) {
      throw storeFault(error, 'grants.high')
    }
  }

  #checkpointLater(): void {
    if (this.#checkpoint !== undefined || this.#closing) return
    this.#checkpoint = this.#clock.setTimeout(() => {
      this.#checkpoint = undefined
      this.#push({ type: 'checkpoint' }).catch((error: unknown) =>
        this.#logger.warn({ error: messageOf(error) }, 'grants.high could not be written')
      )
    }, CHECKPOINT_MS)
  }

  /** Only opening the journal again tells whether a failed batch reached the disk. */
  async #giveUp(opened: OpenedJournal, error: unknown): Promise<StoreError> {
    const fault = storeFault(error, 'grant journal')
    this.#opened = undefined
    this.#failed = { fault, retryAt: this.#clock.monotonic() + RETRY_MS }
    this.#logger.error({ kind: fault.kind, error: fault.message }, 'grants cannot be written: none is given')
    await opened.db.close().catch((problem: unknown) => {
      this.#logger.warn({ error: messageOf(problem) }, 'the failed grant journal did not close')
    })
    return fault
  }

  async #reopen(): Promise<OpenedJournal> {
    const { fault, retryAt } = this.#failed ?? { fault: undefined, retryAt: 0 }
    if (fault !== undefined && this.#clock.monotonic() < retryAt) throw fault
    try {
      const opened = await this.#openNow()
      this.#adopt(opened)
      this.#logger.info({}, 'grants can be written again')
      return opened
    } catch (error) {
      const again = storeFault(error, 'grant journal')
      this.#failed = { fault: again, retryAt: this.#clock.monotonic() + RETRY_MS }
      throw again
    }
  }
}
