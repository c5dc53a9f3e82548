import type { PeerIdString, SpAddress } from './brands.js'

/**
 * What a node has shown of itself. A *hint* was only heard of. *Claimed*: a 0.0.1 signature of its SP came from it, which
 * anyone may replay. *Verified*: a pin or its SP's registry entry ties it to the SP, and it answered a dial of ours.
 */
export type Standing = 'hint' | 'claimed' | 'verified'

/** Standing and health as one word: `hint → claimed → verified → failing → zombie`. */
export type PeerState = Standing | 'failing' | 'zombie'

export const PEER_STATES: readonly PeerState[] = ['hint', 'claimed', 'verified', 'failing', 'zombie']

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

export function stateOf(node: Pick<NodeFacts, 'standing' | 'failures'>, zombieAfter: number): PeerState {
  if (node.standing === 'hint' || node.failures === 0) return node.standing
  return node.failures >= zombieAfter ? 'zombie' : 'failing'
}

export const isZombie = (node: Pick<NodeFacts, 'standing' | 'failures'>, zombieAfter: number): boolean =>
  stateOf(node, zombieAfter) === 'zombie'

/** Permanent nodes are kept on disk; nothing that only a stranger said is. */
export const isPermanent = ({ standing, proven }: Pick<NodeFacts, 'standing' | 'proven'>): boolean =>
  standing === 'verified' || proven
