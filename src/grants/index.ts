/**
 * The ledger of what we promised: one live grant per (asker, object), its bytes counted against our capacity from the
 * decision until it is consumed, released or its height is past. Its calls are asynchronous, so that a store shared by
 * several nodes can stand behind it; `ledger.ts` has the approval store of this node. Every ledger passes one suite
 * (test/grants/conformance.ts).
 */
import type { Height, SpAddress } from '../domain/brands.js'
import type { Grant, GrantLimits, GrantState, Holdings } from '../domain/grant.js'
import type { Denial } from '../domain/refusal.js'
import type { Clock } from '../kit/clock.js'
import type { Logger } from '../logger.js'
import type { ApprovalStore, StoreHealth } from '../store/index.js'

export { createGrantLedger } from './ledger.js'

/** A promise to be made: everything of the grant but its answer, and how to get that. */
export interface PromiseRequest extends Omit<Grant, 'key' | 'grantedAt' | 'answer' | 'state'> {
  /** Room that the record takes in memory and on disk, bytes. */
  readonly recordSize: number
  /** Signs the answer. Called once, and only while the capacity is held. */
  sign(): Promise<Uint8Array>
}

export type PromiseResult =
  /** `granted`: durable from now on. `same`: this ask was granted before; the grant may have ended since. */
  | { readonly outcome: 'granted' | 'same'; readonly grant: Grant }
  /** The nonce was used for this object with other content, or a later one was. */
  | { readonly outcome: 'mismatch'; readonly denial: Denial }
  /** `busy`: not now, e.g. another promise for this object is being made; the nonce stays unused. */
  | { readonly outcome: 'no-capacity' | 'busy'; readonly reason: string }

export interface LedgerTotals {
  /** Bytes held by live grants and by promises being written. */
  readonly bytes: bigint
  readonly grants: number
}

export interface GrantLedger {
  /** Reads the journal of an open store; until then `promise` is busy. @throws StoreError */
  start(): Promise<void>
  /** Resolves when writes in progress have ended. The ledger is empty afterwards and can be started again. */
  stop(): Promise<void>
  /**
   * Takes capacity, has the answer signed, writes the grant and resolves once it is synced. A live grant for the same
   * object is replaced, never added to; until the new one is written the larger of both is held. Where signing or
   * writing fails the capacity is given back and the nonce stays unused.
   * @throws StoreError, and what `sign` throws
   */
  promise(request: PromiseRequest): Promise<PromiseResult>
  /** The pieces have come. Idempotent. @throws NotFoundError when there is no live grant, StoreError */
  consume(key: string): Promise<Grant>
  /** The capacity is given back. Idempotent. @throws as {@link consume} */
  release(key: string): Promise<Grant>
  /**
   * Frees what ran out `GRANT_GRACE_BLOCKS` ago and forgets records that no fresh ask can refer to any more.
   * @param height a judged one: this is what decides that promises are over
   */
  sweep(height: Height): Promise<{ readonly expired: number; readonly deleted: number }>
  /** The record for (asker, object), whatever its state. */
  find(asker: SpAddress, objectId: string): Promise<Grant | undefined>
  list(filter?: { readonly asker?: SpAddress; readonly state?: GrantState }): Promise<readonly Grant[]>
  totals(asker?: SpAddress): Promise<LedgerTotals>
  /** What is held without the grant for (asker, object), which a new ask would replace. */
  holdings(asker: SpAddress, objectId: string): Promise<Holdings>
  /** Live grants this node knows of, promises being written included. */
  readonly live: number
  health(height: Height | undefined): StoreHealth
}

export interface GrantLedgerInit {
  readonly store: ApprovalStore
  /** Read at every promise, so that a changed policy works at once. */
  readonly limits: () => GrantLimits
  readonly clock: Clock
  readonly logger?: Logger
}
