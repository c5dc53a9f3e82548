/** Which nodes belong to which SP, and how to reach them. */
import type { PeerIdString, SpAddress } from '../domain/brands.js'
import type { Candidate } from '../domain/selection.js'

export type PeerState = 'hint' | 'claimed' | 'verified'

export interface PeerRecord {
  readonly peerId: PeerIdString
  /** Unknown until a registry entry, a pin or a ping tells it. */
  readonly sp: SpAddress | undefined
  readonly state: PeerState
  /** Multiaddrs without `/p2p/…`. */
  readonly addresses: readonly string[]
  readonly source: 'registry' | 'bootstrap' | 'inbound'
  readonly connected: boolean
  readonly rttMs: number | undefined
  /** Unix ms. */
  readonly lastSuccess: number | undefined
  readonly failures: number
  readonly lastError: string | undefined
}

export interface PeerDirectory {
  list(filter?: { readonly sp?: SpAddress; readonly state?: PeerState }): readonly PeerRecord[]
  get(peerId: PeerIdString): PeerRecord | undefined
  /** Nodes an ask may be sent to, one entry a node. */
  candidates(): readonly Candidate[]
  /** A signed ping or pong named its SP; gives *claimed* at most. `false` when there is no room or it is tied to another SP. */
  claim(peerId: PeerIdString, sp: SpAddress): boolean
  contacted(peerId: PeerIdString, result: ContactResult): void
}

/** How a contact with a node went; only the remote's faults are reported. */
export type ContactResult =
  | { readonly ok: true; readonly rttMs?: number }
  | { readonly ok: false; readonly error: string }
