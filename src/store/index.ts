/**
 * What must outlive the process: grants (promises are durable before they are sent) and the asker's nonces.
 * Memory and LevelDB share one conformance suite (test/store/conformance.ts).
 */
import type { Height } from '../domain/brands.js'
import type { CreateTimeSpan } from '../domain/create-time.js'
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
  /** What was put last. */
  createTimes(): Promise<readonly CreateTimeSpan[]>
  /** In the place of those before: every create time that was used lies in one of them. Resolves once synced. */
  putCreateTimes(spans: readonly CreateTimeSpan[]): Promise<void>
  /** The operator accepts that promises were lost: grants may be given again. */
  acceptLoss(): Promise<void>
  /** Bytes on disk, roughly. */
  sizeBytes(): Promise<number>
}
