import type { PeerIdString, SpAddress } from './brands.js'

/**
 * What a node has shown of itself. A *hint* was only heard of. *Claimed*: a 0.0.1 signature of its SP came from it, which
 * anyone may replay. *Verified*: a pin or its SP's registry entry ties it to the SP, and it answered a dial of ours.
 */
export type Standing = 'hint' | 'claimed' | 'verified'

/** Standing and health as one word: `hint → claimed → verified → failing → zombie`. */
export type PeerState = Standing | 'failing' | 'zombie'

/** Where we first heard of a node. */
export type NodeSource = 'registry' | 'pin' | 'bootstrap' | 'operator' | 'inbound' | 'pong' | 'dht'

/** Why a dial failed. *wrong-peer*: another peer id answers at that address. *protocol*: the handshake failed. */
export type DialFailure = 'refused' | 'timeout' | 'wrong-peer' | 'dns' | 'unreachable' | 'protocol' | 'other'

export interface NodeAddress {
  /** Multiaddr without `/p2p/…`; a name stays a name. */
  readonly address: string
  /** Unix ms of the last dial of ours that it answered. */
  readonly lastSuccess: number | undefined
}

/** An address that only others told of a node. */
export interface HintedAddress {
  readonly teller: string
  readonly address: string
}

/** What decisions about a node are made from. */
export interface NodeFacts {
  readonly peerId: PeerIdString
  /** Unknown until a registry entry, a pin or a ping tells it. */
  readonly sp: SpAddress | undefined
  readonly standing: Standing
  /** A claimed node that brought a valid approval of an ask of ours: kept on disk, below the verified. */
  readonly proven: boolean
  /** A pin or the SP's registry entry names it now. */
  readonly tied: boolean
  readonly connected: boolean
  /** Consecutive interactions that failed by the node's own fault. */
  readonly failures: number
}

/** What a book knows of a node; `node-transitions.ts` makes the next one of it. */
export interface Node extends Omit<NodeFacts, 'connected'> {
  readonly source: NodeSource
  /** Best first: the one that last answered a dial. */
  readonly addresses: readonly NodeAddress[]
  /** Those of them that the list or the configuration named last. */
  readonly named: readonly string[]
  /** Used only while there is no address of another kind; never kept on disk. */
  readonly hinted: readonly HintedAddress[]
  /** The SP that the DHT says it belongs to; never believed, only looked into first. */
  readonly hintedSp: SpAddress | undefined
  /** Interactions in a row that failed, also those that count against nobody since our own network was down. */
  readonly unanswered: number
  readonly rttMs: number | undefined
  /** Unix ms. */
  readonly firstSeen: number
  /** Unix ms of the last interaction that went well. */
  readonly lastSuccess: number | undefined
  /** Why the last interaction failed; kept until one goes well. */
  readonly lastError: string | undefined
  /** The same in a word, where it was a dial that failed; not kept on disk. */
  readonly lastErrorKind: DialFailure | undefined
}

/** The fields that a node has from the beginning. */
type NewNode = Pick<Node, 'peerId' | 'source' | 'firstSeen'>

export const newNode = (peerId: PeerIdString, source: NodeSource, now: number): Node =>
  changed({ peerId, source, firstSeen: now })

/**
 * The node with these fields changed. Copied field by field, so that all nodes are of one shape for the engine: an object
 * spread takes five times as long, and this runs with every pong.
 */
export function changed(node: NewNode & Partial<Node>, change: Partial<Node> = {}): Node {
  const copy: Node = {
    peerId: node.peerId,
    firstSeen: node.firstSeen,
    source: node.source,
    sp: node.sp,
    standing: node.standing ?? 'hint',
    proven: node.proven ?? false,
    tied: node.tied ?? false,
    addresses: node.addresses ?? [],
    named: node.named ?? [],
    hinted: node.hinted ?? [],
    hintedSp: node.hintedSp,
    failures: node.failures ?? 0,
    unanswered: node.unanswered ?? 0,
    rttMs: node.rttMs,
    lastSuccess: node.lastSuccess,
    lastError: node.lastError,
    lastErrorKind: node.lastErrorKind
  }
  return Object.assign(copy, change)
}

export function stateOf(node: Pick<NodeFacts, 'standing' | 'failures'>, zombieAfter: number): PeerState {
  if (node.standing === 'hint' || node.failures === 0) return node.standing
  return node.failures >= zombieAfter ? 'zombie' : 'failing'
}

export const isZombie = (node: Pick<NodeFacts, 'standing' | 'failures'>, zombieAfter: number): boolean =>
  stateOf(node, zombieAfter) === 'zombie'

/** Verified or proven: its SP may be asked through it after a restart. */
export const isPermanent = ({ standing, proven }: Pick<NodeFacts, 'standing' | 'proven'>): boolean =>
  standing === 'verified' || proven

/** What is kept on disk: permanent nodes, and those an operator added. Nothing that only a stranger said. */
export const isKept = (node: Pick<Node, 'standing' | 'proven' | 'source'>): boolean =>
  isPermanent(node) || node.source === 'operator'
