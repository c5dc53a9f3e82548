import { join } from 'node:path'
import { ASK_FRESH_SECONDS } from '../constants.js'
import { type CreateTimeSpan, newestFresh, secondsOf } from '../domain/create-time.js'
import { larger } from '../domain/larger.js'
import { StoreError } from '../errors.js'
import type { Clock } from '../kit/clock.js'
import { componentLogger, type Logger } from '../logger.js'
import { type LevelDb, openExisting, openFresh, setAside } from './level-db.js'
import { seal, unseal } from './seal.js'
import { storeFault } from './store-fault.js'

const SPANS_KEY = 'spans'
/** A stamp runs ahead of the clock only where one object is asked for several times a second. */
const LOST_AHEAD_SECONDS = 60n
const FRESH = BigInt(ASK_FRESH_SECONDS)

/**
 * The asker's create times, in a database of their own: they keep working while the grants are damaged. A book that is
 * lost is replaced by a span to a little above the present, which no stamp of the past can have passed.
 */
export class NonceBook {
  readonly #dir: string
  /** What errors call it. */
  readonly #what: string
  readonly #clock: Clock
  readonly #logger: Logger
  #db: LevelDb | undefined
  #spans: readonly CreateTimeSpan[] = []

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
    this.#db = await openFresh(this.#dir, this.#what)
    this.#spans = []
    if (existing.found === 'missing' && !expected) return
    const now = secondsOf(this.#clock.now())
    await this.put([{ low: now - FRESH, high: now + LOST_AHEAD_SECONDS }])
  }

  async close(): Promise<void> {
    const db = this.#db
    this.#db = undefined
    await db?.close()
  }

  spans(): readonly CreateTimeSpan[] {
    this.#usable()
    return this.#spans
  }

  async put(spans: readonly CreateTimeSpan[]): Promise<void> {
    const db = this.#usable()
    const text = JSON.stringify(spans.map(({ low, high }) => [`${low}`, `${high}`]))
    try {
      await db.batch([{ type: 'put', key: SPANS_KEY, value: Buffer.from(seal(text)) }], { sync: true })
    } catch (error) {
      throw storeFault(error, this.#what)
    }
    this.#spans = spans
  }

  async #adopt(db: LevelDb): Promise<boolean> {
    try {
      let spans: readonly CreateTimeSpan[] | undefined
      let mark: bigint | undefined
      // Every record once: a damaged block shows itself only when it is read.
      for await (const [key, value] of db.iterator()) {
        const text = unseal(Buffer.from(value).toString())
        if (text === undefined) return false
        if (key === SPANS_KEY) spans = parse(text)
        else mark = larger(mark ?? 0n, BigInt(text))
      }
      this.#spans = spans ?? (mark === undefined ? [] : this.#spansBelow(mark))
      this.#db = db
      return true
    } catch (error) {
      const fault = storeFault(error, this.#what)
      if (fault.kind === 'corrupt') return false
      await db.close()
      throw fault
    }
  }

  /** Version 0.1.0 kept marks that no stamp had passed; one that is too far ahead was stamped while the clock was. */
  #spansBelow(mark: bigint): readonly CreateTimeSpan[] {
    const span = { low: mark - FRESH, high: mark }
    const newest = newestFresh(this.#clock.now(), ASK_FRESH_SECONDS)
    return span.low <= newest ? [span] : [{ low: newest - FRESH, high: newest }, span]
  }

  #usable(): LevelDb {
    if (this.#db === undefined) throw new StoreError('closed', 'store: expected an open store, it is closed')
    return this.#db
  }
}

const parse = (text: string): readonly CreateTimeSpan[] =>
  (JSON.parse(text) as [string, string][]).map(([low, high]) => ({ low: BigInt(low), high: BigInt(high) }))
