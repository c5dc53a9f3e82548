/**
 * The peer book: which nodes belong to which SP, their addresses and their health. Failures during an outage of our own
 * network do not count. Decisions are pure (`domain/node`, `node-transitions`, `admission`, `prune`, `outage`).
 */
import type { PeerIdString, SpAddress } from '../domain/brands.js'
import type { DialFailure, Node, PeerState } from '../domain/node.js'
import type { PruneReason } from '../domain/prune.js'
import type { Candidate } from '../domain/selection.js'

export type { PeerState } from '../domain/node.js'

/** A node as others see it. */
export interface PeerRecord extends Omit<Node, 'named' | 'hinted'> {
  readonly state: PeerState
  readonly connected: boolean
  /** By an operator: neither dialled nor let in. */
  readonly blocked: boolean
}

export interface PeerFilter {
  readonly sp?: SpAddress
  readonly state?: PeerState
}

/** The part of the peer book that asker, wires and keeper use. */
export interface PeerDirectory {
  list(filter?: PeerFilter): readonly PeerRecord[]
  get(peerId: PeerIdString): PeerRecord | undefined
  /** Nodes an ask may be sent to, one entry a node. */
  candidates(): readonly Candidate[]
  /** A signed ping or pong named its SP; gives *claimed* at most. `false` when there is no room or it is tied to another SP. */
  claim(peerId: PeerIdString, sp: SpAddress): boolean
  /** The node brought a valid approval of a fresh ask of ours: a claimed node becomes proven, and so permanent. */
  proved(peerId: PeerIdString, sp: SpAddress): void
  contacted(peerId: PeerIdString, result: ContactResult): void
  /**
   * Nodes that `from` (a peer's pong, the DHT) told of: hints, believed in nothing. A known node learns no address from
   * them, unless nobody else knows one: those are tried, and never kept.
   */
  hint(from: PeerIdString | 'dht', nodes: readonly HintedNode[]): void
  /** Addresses a connected peer told of itself (identify). */
  announced(peerId: PeerIdString, addresses: readonly string[]): void
  /** Nodes that others may be told of: verified and well, one of each SP first. */
  tellable(most: number): readonly PeerRecord[]
  /** The listener hears of news until the function that is returned is called. */
  onNews(listener: (news: PeerNews) => void): () => void
}

export type PeerNews =
  /** A node named its SP, and it was another one before or none. */
  | { readonly kind: 'claimed' }
  /** Others told of nodes. `fresh`: those of which nobody had told such an address. */
  | { readonly kind: 'hinted'; readonly fresh: readonly PeerIdString[] }

export interface HintedNode {
  readonly peerId: PeerIdString
  readonly addresses: readonly string[]
  /** The SP that it is said to belong to (DHT provider records); never believed, only looked into first. */
  readonly sp?: SpAddress
}

/** How a contact with a node went; only the remote's faults are reported. */
export type ContactResult =
  /** `dialled`: the address at which it answered a dial of our own; only that verifies a node. */
  | { readonly ok: true; readonly rttMs?: number; readonly dialled?: string }
  | { readonly ok: false; readonly error: string; readonly kind?: DialFailure }

/** Changes in the book; the module makes events of them. */
export interface BookEvents {
  added(record: PeerRecord): void
  failed(record: PeerRecord): void
  recovered(record: PeerRecord): void
  pruned(record: PeerRecord, why: PruneReason | 'displaced' | 'operator'): void
}
