/**
 * The ledger of what we promised: one live grant per (asker, object), its bytes counted against our capacity from the
 * decision until it is consumed, released or its height is past. The journal behind it is the approval store.
 */
import type { Height, SpAddress } from '../domain/brands.js'
import type { Grant, GrantLimits, GrantState } from '../domain/grant.js'
import type { Clock } from '../kit/clock.js'
import type { Logger } from '../logger.js'
import type { ApprovalStore, StoreHealth } from '../store/index.js'

export { createGrantLedger } from './ledger.js'

/** Capacity taken for a promise that is being written. Ends in `commit` or `abandon`. */
export interface Hold {
  readonly key: string
  readonly asker: SpAddress
  readonly objectId: string
  readonly bytes: bigint
}

export type Reservation =
  | { readonly ok: true; readonly hold: Hold }
  | { readonly ok: false; readonly code: 'NO_CAPACITY' | 'BUSY'; readonly reason: string }

export interface LedgerTotals {
  /** Bytes held by live grants and by promises being written. */
  readonly bytes: bigint
  readonly grants: number
}

export interface GrantLedger {
  /** Reads the journal; the store must be open. Nothing is granted before. @throws StoreError */
  start(): Promise<void>
  /** Resolves when what was begun is written. The ledger is empty afterwards and can be started again. */
  stop(): Promise<void>
  /** The record for (asker, object), whatever its state. */
  find(asker: SpAddress, objectId: string): Grant | undefined
  /**
   * Takes capacity before the promise is written. A live grant for the same object is replaced, never added to.
   * @param recordBytes size of ask and answer, which stay in memory with the record
   */
  reserve(asker: SpAddress, objectId: string, bytes: bigint, recordBytes?: number): Reservation
  /** The same question without taking anything. */
  wouldFit(asker: SpAddress, objectId: string, bytes: bigint): { ok: true } | { ok: false; reason: string }
  /** Journals the promise; resolves once synced. Gives the hold back where that fails. @throws StoreError */
  commit(hold: Hold, grant: Grant): Promise<void>
  abandon(hold: Hold): void
  /** The pieces have come. Idempotent. @throws NotFoundError when there is no live grant, StoreError */
  consume(key: string): Promise<Grant>
  /** The capacity is given back. Idempotent. @throws as {@link consume} */
  release(key: string): Promise<Grant>
  /**
   * Frees what ran out `GRANT_GRACE_BLOCKS` ago and forgets records that no fresh ask can refer to any more.
   * @param height a judged one: this is what decides that promises are over
   */
  sweep(height: Height): Promise<{ readonly expired: number; readonly deleted: number }>
  list(filter?: { readonly asker?: SpAddress; readonly state?: GrantState }): readonly Grant[]
  totals(asker?: SpAddress): LedgerTotals
  /** Capacity not held, before any headroom the policy keeps; what `replaced` holds counts as free. */
  freeBytes(replaced?: { readonly asker: SpAddress; readonly objectId: string }): bigint
  health(height: Height | undefined): StoreHealth
}

export interface GrantLedgerInit {
  readonly store: ApprovalStore
  /** Read at every reservation, so that a changed policy works at once. */
  readonly limits: () => GrantLimits
  readonly clock: Clock
  readonly logger?: Logger
}
