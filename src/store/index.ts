/**
 * What must outlive the process: grants (promises are durable before they are sent) and the asker's nonces.
 * Memory and LevelDB share one conformance suite (test/store/conformance.ts).
 */
import type { Height } from '../domain/brands.js'
import type { Grant } from '../domain/grant.js'

/**
 * `ready`: grants may be given. `damaged`: the grant records are corrupt, missing or older than the side file;
 * nothing is granted until `until` has passed or an operator accepts the loss. Nonces work in both.
 */
export type StoreHealth =
  | { readonly state: 'ready' }
  | { readonly state: 'damaged'; readonly reason: string; readonly until: Height }

export interface ApprovalStore {
  readonly kind: 'memory' | 'level'
  /** @throws StoreError `locked` when another process has it open; a corrupt one is quarantined, never deleted */
  open(): Promise<void>
  close(): Promise<void>
  /** `height` lets a damaged store heal once every lost promise has run out. */
  health(height: Height | undefined): StoreHealth
  /** The records as they stand on disk, for the ledger at start. */
  loadGrants(): Promise<readonly Grant[]>
  /** Resolves once the record is synced; concurrent calls share a sync. @throws StoreError full, read-only, io */
  putGrant(grant: Grant): Promise<void>
  deleteGrants(keys: readonly string[]): Promise<void>
  /** Highest create time ever stamped for an object, Unix seconds. */
  lastCreateTime(objectId: string): Promise<bigint | undefined>
  /** Resolves once synced. */
  putCreateTime(objectId: string, createTime: bigint): Promise<void>
  /** Forgets every create time; from now on `createTime` is the highest of every object. Resolves once synced. */
  resetCreateTimes(createTime: bigint): Promise<void>
  /** The operator accepts that promises were lost: grants may be given again. */
  acceptLoss(): Promise<void>
  /** Bytes on disk, roughly. */
  sizeBytes(): Promise<number>
}
