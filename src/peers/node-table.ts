import type { PeerIdString, SpAddress } from '../domain/brands.js'
import { isKept, type Node, type NodeFacts } from '../domain/node.js'
import type { PeerLimits } from '../domain/peer-limits.js'
import type { PruneReason } from '../domain/prune.js'
import type { BookEvents, PeerRecord } from './index.js'
import { peerRecord } from './records.js'

export interface NodeTableInit {
  readonly limits: PeerLimits
  readonly isConnected: (peerId: PeerIdString) => boolean
  readonly isBlocked: (peerId: PeerIdString) => boolean
  readonly events: BookEvents
  readonly keep: (node: Node, kept: boolean) => void
  /** A node is in the book no more. */
  readonly onForget: (peerId: PeerIdString) => void
}

/** Every node there is, by peer id and by SP. The one writer: nodes are replaced here alone, and the disk hears of it. */
export class NodeTable {
  readonly #init: NodeTableInit
  readonly #nodes = new Map<PeerIdString, Node>()
  readonly #bySp = new Map<SpAddress | undefined, Map<PeerIdString, Node>>()

  constructor(init: NodeTableInit) {
    this.#init = init
  }

  get(peerId: PeerIdString): Node | undefined {
    return this.#nodes.get(peerId)
  }

  all(): Iterable<Node> {
    return this.#nodes.values()
  }

  /** The nodes of an SP; `undefined`: those of no known one. */
  of(sp: SpAddress | undefined): Iterable<Node> {
    return this.#bySp.get(sp)?.values() ?? []
  }

  sps(): readonly SpAddress[] {
    return [...this.#bySp.keys()].filter(sp => sp !== undefined)
  }

  /** Adds a node, or puts what a transition made of it in its place. */
  put(node: Node): Node {
    const before = this.#nodes.get(node.peerId)
    if (before === node) return node
    if (before !== undefined && before.sp !== node.sp) this.#leave(before)
    this.#nodes.set(node.peerId, node)
    const siblings = this.#bySp.get(node.sp)
    if (siblings === undefined) this.#bySp.set(node.sp, new Map([[node.peerId, node]]))
    else siblings.set(node.peerId, node)
    const kept = isKept(node)
    if (kept || (before !== undefined && isKept(before))) this.#init.keep(node, kept)
    return node
  }

  /** Forgets a node that nobody has to hear about. */
  forget(node: Node): void {
    this.#nodes.delete(node.peerId)
    this.#leave(node)
    this.#init.onForget(node.peerId)
  }

  drop(node: Node, why: PruneReason | 'displaced' | 'operator'): void {
    this.forget(node)
    if (isKept(node)) this.#init.keep(node, false)
    this.#init.events.pruned(this.record(node), why)
  }

  record(node: Node): PeerRecord {
    const { isConnected, isBlocked, limits } = this.#init
    const { peerId } = node
    const zombieAfter = limits.zombieAfterFailures
    return peerRecord(node, { connected: isConnected(peerId), blocked: isBlocked(peerId), zombieAfter })
  }

  facts(node: Node): NodeFacts {
    const { peerId, sp, standing, proven, tied, failures } = node
    return { peerId, sp, standing, proven, tied, failures, connected: this.#init.isConnected(peerId) }
  }

  #leave({ peerId, sp }: Node): void {
    const siblings = this.#bySp.get(sp)
    siblings?.delete(peerId)
    if (siblings?.size === 0) this.#bySp.delete(sp)
  }
}
