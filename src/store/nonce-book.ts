import { join } from 'node:path'
import { StoreError } from '../errors.js'
import type { Clock } from '../kit/clock.js'
import { componentLogger, type Logger } from '../logger.js'
import { GroupCommit } from './group-commit.js'
import { type LevelDb, openExisting, openFresh, setAside } from './level-db.js'
import { seal, unseal } from './seal.js'
import { storeFault } from './store-fault.js'

const BATCH_RECORDS = 512
/** Applies to every object; set when the book was lost. */
const FLOOR_KEY = 'floor'
const OBJECT_PREFIX = 'n/'
/** A stamp runs ahead of the clock only where one object is asked for several times a second. */
const LOST_AHEAD_SECONDS = 60n

/**
 * The asker's create times, in a database of their own: they keep working while the grants are damaged. A book that is
 * lost is replaced by a floor a little above the present, which no stamp of the past can have passed.
 */
export class NonceBook {
  readonly #dir: string
  /** What errors call it. */
  readonly #what: string
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #commit = new GroupCommit<[string, bigint]>(entries => this.#write(entries), BATCH_RECORDS)
  #db: LevelDb | undefined
  #floor: bigint | undefined

  constructor(dir: string, clock: Clock, logger: Logger) {
    this.#dir = join(dir, 'nonces')
    this.#what = `nonce book ${this.#dir}`
    this.#clock = clock
    this.#logger = componentLogger(logger, 'store/nonce-book')
  }

  /** @param expected there was a store here before, so that a missing book is a lost one */
  async open(expected: boolean): Promise<void> {
    const existing = await openExisting(this.#dir, this.#what)
    if (existing.found === 'whole' && (await this.#adopt(existing.value))) return
    if (existing.found === 'whole') await existing.value.close()
    if (existing.found !== 'missing') {
      const aside = await setAside(this.#dir, this.#clock.now())
      this.#logger.error({ aside }, 'the nonce book was set aside')
    }
    const db = await openFresh(this.#dir, this.#what)
    this.#db = db
    this.#floor = undefined
    if (existing.found === 'missing' && !expected) return
    this.#floor = BigInt(Math.floor(this.#clock.now() / 1000)) + LOST_AHEAD_SECONDS
    await this.#write([[FLOOR_KEY, this.#floor]])
  }

  async close(): Promise<void> {
    await this.#commit.idle()
    const db = this.#db
    this.#db = undefined
    await db?.close()
  }

  async last(objectId: string): Promise<bigint | undefined> {
    try {
      const stored = parse(await this.#usable().get(OBJECT_PREFIX + objectId))
      if (stored === undefined) return this.#floor
      return this.#floor !== undefined && this.#floor > stored ? this.#floor : stored
    } catch (error) {
      throw storeFault(error, this.#what)
    }
  }

  async put(objectId: string, createTime: bigint): Promise<void> {
    this.#usable()
    await this.#commit.push([OBJECT_PREFIX + objectId, createTime])
  }

  /** `floor` for every object, in the place of all that was kept. */
  async reset(floor: bigint): Promise<void> {
    await this.#commit.idle()
    try {
      const db = this.#usable()
      const keys = await db.keys().all()
      const deletes = keys.map(key => ({ type: 'del' as const, key }))
      await db.batch([...deletes, { type: 'put' as const, key: FLOOR_KEY, value: sealed(floor) }], { sync: true })
      this.#floor = floor
    } catch (error) {
      throw storeFault(error, this.#what)
    }
  }

  async #adopt(db: LevelDb): Promise<boolean> {
    try {
      // Every record once: a damaged block shows itself only when it is read.
      for await (const [key, value] of db.iterator()) {
        const time = parse(value)
        if (time === undefined) return false
        if (key === FLOOR_KEY) this.#floor = time
      }
      this.#db = db
      return true
    } catch (error) {
      const fault = storeFault(error, this.#what)
      if (fault.kind === 'corrupt') return false
      await db.close()
      throw fault
    }
  }

  #usable(): LevelDb {
    if (this.#db === undefined) throw new StoreError('closed', 'store: expected an open store, it is closed')
    return this.#db
  }

  async #write(entries: readonly (readonly [string, bigint])[]): Promise<void> {
    const highest = new Map<string, bigint>()
    for (const [key, time] of entries) if (time > (highest.get(key) ?? -1n)) highest.set(key, time)
    const keys = [...highest.keys()]
    try {
      const db = this.#usable()
      // Compared here, where writes follow each other: two callers could both have read the value before.
      const before = await db.getMany(keys)
      const puts = keys.flatMap((key, n) => {
        const time = highest.get(key) ?? 0n
        const last = parse(before[n])
        return last !== undefined && last >= time ? [] : [{ type: 'put' as const, key, value: sealed(time) }]
      })
      if (puts.length > 0) await db.batch(puts, { sync: true })
    } catch (error) {
      throw storeFault(error, this.#what)
    }
  }
}

const sealed = (time: bigint): Uint8Array => Buffer.from(seal(`${time}`))

function parse(value: Uint8Array | undefined): bigint | undefined {
  const text = value === undefined ? undefined : unseal(Buffer.from(value).toString())
  return text === undefined ? undefined : BigInt(text)
}
