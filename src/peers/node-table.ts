import type { PeerIdString, SpAddress } from '../domain/brands.js'
import { isKept, type Node, type NodeFacts, stateOf } from '../domain/node.js'
import { untried } from '../domain/node-addresses.js'
import type { PruneReason } from '../domain/prune.js'
import type { PeerBookInit } from './book.js'
import type { PeerRecord } from './index.js'

interface NodeTableInit extends Pick<PeerBookInit, 'limits' | 'isConnected' | 'events' | 'keep'> {
  readonly isBlocked: (peerId: PeerIdString) => boolean
  /** A node is in the book no more. */
  readonly onForget: (peerId: PeerIdString) => void
}

/** Every node there is, by peer id and by SP. The one writer: nodes are replaced only here, and each change is passed on to the disk. */
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
    if (isKept(node)) this.#init.keep(node, false)
    this.#init.onForget(node.peerId)
  }

  drop(node: Node, why: PruneReason | 'displaced' | 'operator'): void {
    this.forget(node)
    this.#init.events.pruned(this.record(node), why)
  }

  /** Field by field: the keeper reads every node of the book in each of its rounds, and a spread takes five times as long. */
  record(node: Node): PeerRecord {
    const { isConnected, isBlocked, limits } = this.#init
    const { peerId, hinted } = node
    return {
      peerId,
      sp: node.sp,
      state: stateOf(node, limits.zombieAfterFailures),
      standing: node.standing,
      proven: node.proven,
      tied: node.tied,
      connected: isConnected(peerId),
      failures: node.failures,
      unanswered: node.unanswered,
      source: node.source,
      addresses: node.addresses.length > 0 ? node.addresses : untried(hinted.map(({ address }) => address)),
      hintedSp: node.hintedSp,
      rttMs: node.rttMs,
      firstSeen: node.firstSeen,
      lastSuccess: node.lastSuccess,
      lastError: node.lastError,
      lastErrorKind: node.lastErrorKind,
      blocked: isBlocked(peerId)
    }
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
