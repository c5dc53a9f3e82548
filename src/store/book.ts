/**
 * The port of the peer book on disk: permanent nodes and the operator's blocks. Memory and LevelDB share one conformance
 * suite (test/store/book-conformance.ts).
 */
import type { PeerIdString } from '../domain/brands.js'
import type { Node } from '../domain/node.js'

/** A permanent node as it is kept. */
export type BookRecord = Pick<
  Node,
  | ('peerId' | 'sp' | 'standing' | 'proven' | 'source' | 'addresses')
  | ('rttMs' | 'firstSeen' | 'lastSuccess' | 'failures' | 'lastError')
>

/** The fields of a node that are kept. */
export function bookRecord(node: BookRecord): BookRecord {
  const { peerId, sp, standing, proven, source, addresses, rttMs, firstSeen, lastSuccess, failures, lastError } = node
  return { peerId, sp, standing, proven, source, addresses, rttMs, firstSeen, lastSuccess, failures, lastError }
}

export interface BookContents {
  readonly nodes: readonly BookRecord[]
  readonly blocked: readonly PeerIdString[]
}

export interface BookChange {
  readonly put?: readonly BookRecord[]
  readonly remove?: readonly PeerIdString[]
  readonly block?: readonly PeerIdString[]
  readonly unblock?: readonly PeerIdString[]
}

export interface BookStore {
  readonly kind: 'memory' | 'level'
  /**
   * A book that is corrupt or of a newer format is set aside under another name with a warning, never deleted, and a fresh
   * one opened. One that the disk does not let us open (full, read-only) is empty until a write succeeds.
   * @throws StoreError `locked` when another process has it open
   */
  open(): Promise<void>
  close(): Promise<void>
  /** Records that cannot be read are left out with a warning. */
  load(): Promise<BookContents>
  /**
   * All or nothing, not synced: a book that loses its last seconds is no loss. What a change both removes and puts is put.
   * @throws StoreError full, read-only, io, closed
   */
  write(change: BookChange): Promise<void>
  /** Bytes on disk, roughly. */
  sizeBytes(): Promise<number>
}
