import { ASK_FRESH_SECONDS, GRANT_GRACE_BLOCKS } from '../constants.js'
import type { Height, SpAddress } from '../domain/brands.js'
import { fits, type Grant, type GrantState, grantKey } from '../domain/grant.js'
import { larger } from '../domain/larger.js'
import { NotFoundError } from '../errors.js'
import { silentLogger } from '../logger.js'
import type { StoreHealth } from '../store/index.js'
import { Account, type Share } from './account.js'
import { ExpiryIndex } from './expiry-index.js'
import type { GrantLedger, GrantLedgerInit, Hold, LedgerTotals, Reservation } from './index.js'
import { RecordBudget } from './record-budget.js'

/** Seconds a record is kept beyond its ask's freshness: our clock may be set back, as far as peers' clocks may differ. */
const FORGET_MARGIN_SECONDS = 120

/** Records deleted by one write. */
const DELETE_AT_ONCE = 1_024

/** All we know about one (asker, object). */
interface Entry {
  readonly key: string
  readonly asker: SpAddress
  grant: Grant | undefined
  hold: Hold | undefined
  /** Bytes of ask and answer, the hold's included. */
  recordBytes: number
  share: Share
}

/** Makes the ledger over an open store; see {@link GrantLedger}. */
export const createGrantLedger = (init: GrantLedgerInit): GrantLedger => new Ledger(init)

class Ledger implements GrantLedger {
  readonly #init: GrantLedgerInit
  readonly #entries = new Map<string, Entry>()
  readonly #index = new ExpiryIndex()
  /** Past their height, kept until no fresh ask can refer to them. */
  readonly #retired = new Set<string>()
  /** Writes of one key follow each other, or an older state could overwrite a newer one. */
  readonly #writes = new Map<string, Promise<unknown>>()
  #account = new Account()
  #records = new RecordBudget()
  #started = false

  constructor(init: GrantLedgerInit) {
    this.#init = init
  }

  async start(): Promise<void> {
    if (this.#started) return
    this.#reset()
    for (const grant of await this.#init.store.loadGrants()) this.#take(this.#entry(grant.asker, grant.objectId), grant)
    this.#started = true
    ;(this.#init.logger ?? silentLogger).info(
      { grants: this.#account.grants, bytes: String(this.#account.bytes), records: this.#entries.size },
      'grants loaded'
    )
  }

  async stop(): Promise<void> {
    this.#started = false
    while (this.#writes.size > 0) await Promise.allSettled(this.#writes.values())
    this.#reset()
  }

  find(asker: SpAddress, objectId: string): Grant | undefined {
    return this.#entries.get(grantKey(asker, objectId))?.grant
  }

  reserve(asker: SpAddress, objectId: string, bytes: bigint, recordBytes = 0): Reservation {
    if (!this.#started) return { ok: false, code: 'BUSY', reason: 'the grants are not loaded yet' }
    const key = grantKey(asker, objectId)
    const known = this.#entries.get(key)
    if (known?.hold !== undefined) return { ok: false, code: 'BUSY', reason: `${key} is being decided` }
    const fit = this.wouldFit(asker, objectId, bytes)
    if (!fit.ok) return { ok: false, code: 'NO_CAPACITY', reason: fit.reason }
    const room = this.#records.fits(asker, recordBytes)
    if (!room.ok) return { ok: false, code: 'BUSY', reason: room.reason }
    const entry = this.#entry(asker, objectId)
    const hold: Hold = { key, asker, objectId, bytes }
    entry.hold = hold
    this.#resize(entry, entry.recordBytes + recordBytes)
    this.#count(entry)
    return { ok: true, hold }
  }

  wouldFit(asker: SpAddress, objectId: string, bytes: bigint): ReturnType<GrantLedger['wouldFit']> {
    const share = this.#entries.get(grantKey(asker, objectId))?.share
    return fits(bytes, this.#account.without(asker, share), this.#init.limits())
  }

  async commit(hold: Hold, grant: Grant): Promise<void> {
    const entry = this.#entries.get(hold.key)
    if (entry?.hold !== hold) throw new NotFoundError('hold', hold.key)
    try {
      await this.#inTurn(hold.key, async () => {
        await this.#init.store.putGrant(grant)
        entry.hold = undefined
        this.#take(entry, grant)
      })
    } catch (error) {
      this.abandon(hold)
      throw error
    }
  }

  abandon(hold: Hold): void {
    const entry = this.#entries.get(hold.key)
    if (entry?.hold !== hold) return
    entry.hold = undefined
    this.#resize(entry, sizeOf(entry.grant))
    this.#count(entry)
    if (entry.grant === undefined) this.#entries.delete(entry.key)
  }

  consume(key: string): Promise<Grant> {
    return this.#end(key, 'consumed')
  }

  release(key: string): Promise<Grant> {
    return this.#end(key, 'released')
  }

  async sweep(height: Height): Promise<{ expired: number; deleted: number }> {
    if (!this.#started) return { expired: 0, deleted: 0 }
    let expired = 0
    for (const key of this.#index.takeBelow(height - GRANT_GRACE_BLOCKS)) {
      const entry = this.#entries.get(key)
      if (entry?.grant === undefined) continue
      this.#retired.add(key)
      if (entry.grant.state !== 'live') continue
      // Not journalled: after a restart the height says the same again.
      entry.grant = { ...entry.grant, state: 'expired' }
      this.#count(entry)
      expired++
    }
    return { expired, deleted: await this.#forget() }
  }

  list(filter: { asker?: SpAddress; state?: GrantState } = {}): Grant[] {
    const found: Grant[] = []
    for (const { grant } of this.#entries.values()) {
      if (grant === undefined) continue
      if (filter.asker !== undefined && grant.asker !== filter.asker) continue
      if (filter.state !== undefined && grant.state !== filter.state) continue
      found.push(grant)
    }
    return found
  }

  totals(asker?: SpAddress): LedgerTotals {
    const { bytes, grants } = asker === undefined ? this.#account : this.#account.ofAsker(asker)
    return { bytes, grants }
  }

  freeBytes(replaced?: { asker: SpAddress; objectId: string }): bigint {
    const share = replaced && this.#entries.get(grantKey(replaced.asker, replaced.objectId))?.share
    return larger(this.#init.limits().capacityBytes - this.#account.bytes + (share?.bytes ?? 0n), 0n)
  }

  health(height: Height | undefined): StoreHealth {
    return this.#init.store.health(height)
  }

  /** Ends a live grant; the record stays, so that its ask still gets its answer and nothing else. */
  async #end(key: string, state: 'consumed' | 'released'): Promise<Grant> {
    return await this.#inTurn(key, async () => {
      const grant = this.#entries.get(key)?.grant
      if (grant?.state === state) return grant
      if (grant?.state !== 'live') throw new NotFoundError('live grant', key)
      const ended: Grant = { ...grant, state }
      await this.#init.store.putGrant(ended)
      const entry = this.#entries.get(key)
      // Its height may have passed while the record was written; then nothing is held any more.
      if (entry?.grant === grant) this.#take(entry, ended)
      return ended
    })
  }

  /** Deletes retired records whose ask is no longer fresh by any clock that peers may have. */
  async #forget(): Promise<number> {
    const oldest = BigInt(Math.floor(this.#init.clock.now() / 1000) - ASK_FRESH_SECONDS - FORGET_MARGIN_SECONDS)
    let deleted = 0
    for (;;) {
      // Looked for anew each time: while some are deleted, an asker may ask again for the object of another.
      const some = this.#forgettable(oldest)
      if (some.length === 0) return deleted
      for (const key of some) this.#drop(key)
      await this.#init.store.deleteGrants(some)
      deleted += some.length
    }
  }

  #forgettable(oldest: bigint): string[] {
    const keys: string[] = []
    for (const key of this.#retired) {
      const entry = this.#entries.get(key)
      if (entry?.grant === undefined || entry.hold !== undefined || this.#writes.has(key)) continue
      if (entry.grant.createTime < oldest && keys.push(key) === DELETE_AT_ONCE) break
    }
    return keys
  }

  /** Puts a record in the place of the one before. */
  #take(entry: Entry, grant: Grant): void {
    if (entry.grant !== undefined) this.#index.delete(entry.grant.expiredHeight, entry.key)
    this.#retired.delete(entry.key)
    entry.grant = grant
    this.#index.add(grant.expiredHeight, entry.key)
    this.#resize(entry, sizeOf(grant))
    this.#count(entry)
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#resize(entry, 0)
    this.#retired.delete(key)
    this.#entries.delete(key)
  }

  #entry(asker: SpAddress, objectId: string): Entry {
    const key = grantKey(asker, objectId)
    let entry = this.#entries.get(key)
    if (entry === undefined) {
      entry = { key, asker, grant: undefined, hold: undefined, recordBytes: 0, share: { bytes: 0n, grants: 0 } }
      this.#entries.set(key, entry)
    }
    return entry
  }

  /** The one place where totals change: what the entry holds now replaces what it held. */
  #count(entry: Entry): void {
    const live = entry.grant?.state === 'live' ? entry.grant.reservedBytes : undefined
    const held = entry.hold?.bytes
    const share: Share =
      live === undefined && held === undefined
        ? { bytes: 0n, grants: 0 }
        : { bytes: larger(live ?? 0n, held ?? 0n), grants: 1 }
    this.#account.replace(entry.asker, entry.share, share)
    entry.share = share
  }

  #resize(entry: Entry, bytes: number): void {
    this.#records.replace(entry.asker, entry.recordBytes, bytes)
    entry.recordBytes = bytes
  }

  async #inTurn<T>(key: string, write: () => Promise<T>): Promise<T> {
    const before = this.#writes.get(key)
    const run = (async () => {
      await before?.catch(() => undefined)
      return await write()
    })()
    this.#writes.set(key, run)
    try {
      return await run
    } finally {
      if (this.#writes.get(key) === run) this.#writes.delete(key)
    }
  }

  #reset(): void {
    this.#entries.clear()
    this.#index.clear()
    this.#retired.clear()
    this.#account = new Account()
    this.#records = new RecordBudget()
  }
}

const sizeOf = (grant: Grant | undefined): number =>
  grant === undefined ? 0 : grant.ask.byteLength + grant.answer.byteLength
