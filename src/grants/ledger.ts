import { ASK_FRESH_SECONDS, GRANT_GRACE_BLOCKS } from '../constants.js'
import { judgeNonce } from '../domain/ask-identity.js'
import type { Height, SpAddress } from '../domain/brands.js'
import { newestFresh } from '../domain/create-time.js'
import { fits, type Grant, type GrantState, grantKey, type Holdings } from '../domain/grant.js'
import { larger } from '../domain/larger.js'
import { NotFoundError } from '../errors.js'
import { KeyedQueue } from '../kit/serial-queue.js'
import { componentLogger, silentLogger } from '../logger.js'
import type { StoreHealth } from '../store/index.js'
import { Account, type Share } from './account.js'
import { ExpiryIndex } from './expiry-index.js'
import type { GrantLedger, GrantLedgerInit, LedgerTotals, PromiseRequest, PromiseResult } from './index.js'

/** Seconds a record is kept beyond its ask's freshness: our clock may be set back, as far as peers' clocks may differ. */
const FORGET_MARGIN_SECONDS = 120

/** Records deleted by one write. */
const DELETE_AT_ONCE = 1_024

/** All we know about one (asker, object). */
interface Entry {
  readonly key: string
  readonly asker: SpAddress
  grant: Grant | undefined
  /** The promise being made, whose capacity is held. */
  pending: PromiseRequest | undefined
}

/** Makes the ledger over an open store; see {@link GrantLedger}. */
export const createGrantLedger = (init: GrantLedgerInit): GrantLedger => new Ledger(init)

class Ledger implements GrantLedger {
  readonly #init: GrantLedgerInit
  readonly #entries = new Map<string, Entry>()
  #index = new ExpiryIndex()
  /** Past their height, kept until no fresh ask can refer to them. */
  readonly #retired = new Set<string>()
  /** Writes of one key follow each other, or an older state could overwrite a newer one. */
  readonly #writes = new KeyedQueue<string>()
  #account = new Account()
  #started = false

  constructor(init: GrantLedgerInit) {
    this.#init = init
  }

  get live(): number {
    return this.#account.total.grants
  }

  async start(): Promise<void> {
    if (this.#started) return
    this.#reset()
    for (const grant of await this.#init.store.loadGrants())
      this.#take(this.#entry(grant.asker, grant.objectId), grant, undefined)
    this.#started = true
    const { grants, bytes } = this.#account.total
    const logger = componentLogger(this.#init.logger ?? silentLogger, 'grants/ledger')
    logger.info({ grants, bytes: `${bytes}`, records: this.#entries.size }, 'grants loaded')
  }

  async stop(): Promise<void> {
    this.#started = false
    await this.#writes.idle()
    this.#reset()
  }

  async promise(request: PromiseRequest): Promise<PromiseResult> {
    const denied = this.#judge(request)
    if (denied !== undefined) return denied
    const entry = this.#entry(request.asker, request.objectId)
    this.#set(entry, entry.grant, request)
    try {
      const grant = grantOf(request, entry.key, await request.sign(), this.#init.clock.now())
      return await this.#writes.run(entry.key, async () => {
        // Stopped while it was signed; the ledger may even have been started again.
        if (entry.pending !== request) return { outcome: 'busy', reason: 'stopped' }
        await this.#init.store.putGrant(grant)
        this.#take(entry, grant, undefined)
        return { outcome: 'granted', grant }
      })
    } finally {
      if (entry.pending === request) this.#set(entry, entry.grant, undefined)
      if (entry.grant === undefined && this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key)
    }
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
      this.#set(entry, { ...entry.grant, state: 'expired' }, entry.pending)
      expired++
    }
    return { expired, deleted: await this.#forget() }
  }

  async find(asker: SpAddress, objectId: string): Promise<Grant | undefined> {
    return this.#entries.get(grantKey(asker, objectId))?.grant
  }

  async list(filter: { asker?: SpAddress; state?: GrantState } = {}): Promise<Grant[]> {
    const found: Grant[] = []
    for (const { grant } of this.#entries.values()) {
      if (grant === undefined) continue
      if (filter.asker !== undefined && grant.asker !== filter.asker) continue
      if (filter.state !== undefined && grant.state !== filter.state) continue
      found.push(grant)
    }
    return found
  }

  async totals(asker?: SpAddress): Promise<LedgerTotals> {
    const { bytes, grants } = asker === undefined ? this.#account.total : this.#account.ofAsker(asker)
    return { bytes, grants }
  }

  async holdings(asker: SpAddress, objectId: string): Promise<Holdings> {
    return this.#account.without(asker, shareOf(this.#entries.get(grantKey(asker, objectId))))
  }

  health(height: Height | undefined): StoreHealth {
    return this.#init.store.health(height)
  }

  /** Why a promise is not made; `undefined`: it may be. */
  #judge(request: PromiseRequest): PromiseResult | undefined {
    const { asker, objectId, reservedBytes, recordSize } = request
    if (!this.#started) return { outcome: 'busy', reason: 'the grants are not loaded yet' }
    const key = grantKey(asker, objectId)
    const entry = this.#entries.get(key)
    if (entry?.pending !== undefined) return { outcome: 'busy', reason: `${key} is being decided` }
    const nonce = judgeNonce(request, [entry?.grant], newestFresh(this.#init.clock.now(), ASK_FRESH_SECONDS))
    if (nonce === 'same' && entry?.grant !== undefined) return { outcome: 'same', grant: entry.grant }
    if (typeof nonce !== 'string') return { outcome: 'mismatch', denial: nonce }
    const fit = fits(reservedBytes, this.#account.without(asker, shareOf(entry)), this.#init.limits())
    if (!fit.ok) return { outcome: 'no-capacity', reason: fit.reason }
    const full = this.#account.tooManyRecords(asker, recordSize)
    return full === undefined ? undefined : { outcome: 'busy', reason: full }
  }

  /** Ends a live grant; the record stays, so that its ask still gets its answer and nothing else. */
  #end(key: string, state: 'consumed' | 'released'): Promise<Grant> {
    return this.#writes.run(key, async () => {
      const grant = this.#entries.get(key)?.grant
      if (grant?.state === state) return grant
      if (grant?.state !== 'live') throw new NotFoundError('live grant', key)
      const ended: Grant = { ...grant, state }
      await this.#init.store.putGrant(ended)
      const entry = this.#entries.get(key)
      // Its height may have passed while the record was written; then nothing is held any more.
      if (entry?.grant === grant) this.#take(entry, ended, entry.pending)
      return ended
    })
  }

  /** Deletes retired records whose ask is no longer fresh by any clock that peers may have. */
  async #forget(): Promise<number> {
    const oldest = BigInt(Math.floor(this.#init.clock.now() / 1000) - ASK_FRESH_SECONDS - FORGET_MARGIN_SECONDS)
    let deleted = 0
    for (;;) {
      // Selected again after each write: meanwhile an asker may have asked again for one of these objects.
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
      if (entry?.grant === undefined || entry.pending !== undefined || this.#writes.has(key)) continue
      if (entry.grant.nonce < oldest && keys.push(key) === DELETE_AT_ONCE) break
    }
    return keys
  }

  /** Puts a written record in the place of the one before. */
  #take(entry: Entry, grant: Grant, pending: PromiseRequest | undefined): void {
    if (entry.grant !== undefined) this.#index.delete(entry.grant.expiredHeight, entry.key)
    this.#retired.delete(entry.key)
    this.#index.add(grant.expiredHeight, entry.key)
    this.#set(entry, grant, pending)
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#set(entry, undefined, undefined)
    this.#retired.delete(key)
    this.#entries.delete(key)
  }

  #entry(asker: SpAddress, objectId: string): Entry {
    const key = grantKey(asker, objectId)
    let entry = this.#entries.get(key)
    if (entry === undefined) {
      entry = { key, asker, grant: undefined, pending: undefined }
      this.#entries.set(key, entry)
    }
    return entry
  }

  /** The one place where an entry changes, and the totals with it. */
  #set(entry: Entry, grant: Grant | undefined, pending: PromiseRequest | undefined): void {
    const before = shareOf(entry)
    entry.grant = grant
    entry.pending = pending
    this.#account.replace(entry.asker, before, shareOf(entry))
  }

  #reset(): void {
    for (const entry of this.#entries.values()) entry.pending = undefined
    this.#entries.clear()
    this.#index = new ExpiryIndex()
    this.#retired.clear()
    this.#account = new Account()
  }
}

function shareOf(entry: Entry | undefined): Share {
  const live = entry?.grant?.state === 'live' ? entry.grant.reservedBytes : undefined
  const wanted = entry?.pending?.reservedBytes
  return {
    bytes: larger(live ?? 0n, wanted ?? 0n),
    grants: live === undefined && wanted === undefined ? 0 : 1,
    recordBytes: (entry?.grant?.answer.byteLength ?? 0) + (entry?.pending?.recordSize ?? 0)
  }
}

/**
 * The answer is copied: small buffers are slices of a pool of 8 KiB, which one kept slice keeps whole. Field by field: a
 * rest and a spread take eight times as long.
 */
function grantOf(request: PromiseRequest, key: string, answer: Uint8Array, grantedAt: number): Grant {
  const grant: Grant = {
    key,
    asker: request.asker,
    objectId: request.objectId,
    taskKey: request.taskKey,
    wire: request.wire,
    nonce: request.nonce,
    askDigest: request.askDigest,
    fingerprint: request.fingerprint,
    reservedBytes: request.reservedBytes,
    expiredHeight: request.expiredHeight,
    grantedHeight: request.grantedHeight,
    grantedAt,
    answer: new Uint8Array(answer),
    state: 'live'
  }
  return request.askedBy === undefined ? grant : { askedBy: request.askedBy, ...grant }
}
