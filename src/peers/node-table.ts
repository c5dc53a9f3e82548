import type { PeerIdString, SpAddress } from '../domain/brands.js'
import type { NodeFacts } from '../domain/node.js'
import type { PeerLimits } from '../domain/peer-limits.js'
import type { PruneReason } from '../domain/prune.js'
import type { Clock } from '../kit/clock.js'
import type { BookEvents, NodeSource, PeerRecord } from './index.js'
import { isKept, type Node, newNode, peerRecord } from './node.js'

export interface NodeTableInit {
  readonly limits: PeerLimits
  readonly isConnected: (peerId: PeerIdString) => boolean
  readonly isBlocked: (peerId: PeerIdString) => boolean
  readonly clock: Clock
  readonly events: BookEvents
  readonly keep: (node: Node, kept: boolean) => void
  /** A node is in the book no more. */
  readonly onForget: (peerId: PeerIdString) => void
}

const NONE: ReadonlySet<Node> = new Set()

/** Every node there is, by peer id and by SP; tells disk and listeners who comes, changes and goes. */
export class NodeTable {
  readonly #init: NodeTableInit
  readonly #nodes = new Map<PeerIdString, Node>()
  readonly #bySp = new Map<SpAddress | undefined, Set<Node>>()

  constructor(init: NodeTableInit) {
    this.#init = init
  }

  get size(): number {
    return this.#nodes.size
  }

  get(peerId: PeerIdString): Node | undefined {
    return this.#nodes.get(peerId)
  }

  all(): Iterable<Node> {
    return this.#nodes.values()
  }

  /** The nodes of an SP; `undefined`: those of no known one. */
  of(sp: SpAddress | undefined): ReadonlySet<Node> {
    return this.#bySp.get(sp) ?? NONE
  }

  *sps(): Iterable<SpAddress> {
    for (const sp of this.#bySp.keys()) if (sp !== undefined) yield sp
  }

  add(peerId: PeerIdString, source: NodeSource): Node {
    return this.put(newNode(peerId, source, this.#init.clock.now()))
  }

  put(node: Node): Node {
    this.#nodes.set(node.peerId, node)
    this.#enter(node)
    return node
  }

  move(node: Node, sp: SpAddress | undefined): void {
    this.#leave(node)
    node.sp = sp
    this.#enter(node)
  }

  /** What changed is to be on disk, or no longer. */
  changed(node: Node, wasKept = false): void {
    const kept = isKept(node)
    if (kept || wasKept) this.#init.keep(node, kept)
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

  /** Takes a node's slot away: it is only named from now on. */
  lower(node: Node): void {
    const wasKept = isKept(node)
    node.standing = 'hint'
    node.proven = false
    // A hint that has an SP is one that the list ties to it.
    if (!node.tied) this.move(node, undefined)
    this.changed(node, wasKept)
    this.#init.events.pruned(this.record(node), 'displaced')
  }

  record(node: Node): PeerRecord {
    const { isConnected, isBlocked, limits } = this.#init
    return peerRecord(node, {
      connected: isConnected(node.peerId),
      blocked: isBlocked(node.peerId),
      zombieAfter: limits.zombieAfterFailures
    })
  }

  facts(node: Node): NodeFacts {
    const { peerId, sp, standing, proven, tied, failures } = node
    return { peerId, sp, standing, proven, tied, failures, connected: this.#init.isConnected(peerId) }
  }

  #enter(node: Node): void {
    const siblings = this.#bySp.get(node.sp)
    if (siblings === undefined) this.#bySp.set(node.sp, new Set([node]))
    else siblings.add(node)
  }

  #leave(node: Node): void {
    const siblings = this.#bySp.get(node.sp)
    siblings?.delete(node)
    if (siblings?.size === 0) this.#bySp.delete(node.sp)
  }
}
