import type { PeerIdString, SpAddress } from '../domain/brands.js'
import { changed, isKept, type Node, newNode } from '../domain/node.js'
import { plausible } from '../domain/node-addresses.js'
import * as become from '../domain/node-transitions.js'
import type { PeerLimits } from '../domain/peer-limits.js'
import type { SpEntry } from '../domain/registry.js'
import type { Clock } from '../kit/clock.js'
import type { BookContents } from '../store/book.js'
import type { ListTrust } from '../trust/list-trust.js'
import { BookView } from './book-view.js'
import { ContactWindow } from './contact-window.js'
import { GossipedHints } from './gossiped-hints.js'
import { HintBucket } from './hint-bucket.js'
import type { BookEvents, ContactResult, HintedNode, PeerDirectory, PeerNews, PeerRecord } from './index.js'
import { Membership } from './membership.js'
import { NodeTable } from './node-table.js'

export interface PeerBookInit {
  readonly self: { readonly sp: SpAddress; readonly peerId?: () => PeerIdString | undefined }
  readonly bootstrap: readonly { readonly peerId: PeerIdString; readonly address: string }[]
  /** Its list is the one that {@link PeerBook.sync} takes. */
  readonly trust: ListTrust
  readonly limits: PeerLimits
  readonly isConnected: (peerId: PeerIdString) => boolean
  readonly clock: Clock
  readonly events: BookEvents
  /** What is to be on disk: called for each permanent node that may have changed, and for each that went. */
  readonly keep: (node: Node, kept: boolean) => void
}

/**
 * The nodes of every SP: which are known, what each has shown of itself, how healthy each is.
 *
 * ```
 *   events ─▶ PeerBook, Membership, GossipedHints: transition(node) ─▶ NodeTable, the one writer ─▶ BookWriter ─▶ disk
 *   asker, wire, keeper ◀─ BookView ◀─ NodeTable
 * ```
 */
export class PeerBook extends BookView implements PeerDirectory {
  readonly #init: PeerBookInit
  readonly #blocked: Set<PeerIdString>
  readonly #listeners = new Set<(news: PeerNews) => void>()
  readonly #hints = new HintBucket()
  #window = new ContactWindow()
  readonly #table: NodeTable
  readonly #membership: Membership
  readonly #gossip: GossipedHints

  constructor(init: PeerBookInit) {
    const blocked = new Set<PeerIdString>()
    const isBlocked = (peerId: PeerIdString): boolean => blocked.has(peerId)
    const onForget = (peerId: PeerIdString): void => {
      this.#hints.forget(peerId)
      this.#window.forget(peerId)
    }
    const table = new NodeTable({ ...init, isBlocked, onForget })
    super({ ...init, table, isBlocked })
    this.#init = init
    this.#blocked = blocked
    this.#table = table
    const isSelf = (peerId: PeerIdString): boolean => peerId === init.self.peerId?.()
    this.#membership = new Membership({ ...init, table, hints: this.#hints, isSelf })
    const isIgnored = (peerId: PeerIdString): boolean => isBlocked(peerId) || isSelf(peerId)
    this.#gossip = new GossipedHints({ ...init, table, hints: this.#hints, isIgnored })
    this.#membership.refresh()
  }

  /** What was on disk, before the first list is taken. No failure counts until a node has answered. */
  restore({ nodes, blocked }: BookContents): void {
    this.#window = new ContactWindow()
    for (const peerId of blocked) this.#blocked.add(peerId)
    for (const record of nodes) {
      const known = this.#table.get(record.peerId)
      if (known !== undefined && (isKept(known) || known.lastSuccess !== undefined)) continue
      // Pins and configuration named it before the disk was read.
      if (known !== undefined) this.#table.forget(known)
      this.#table.put(changed(record))
    }
    this.#membership.refresh()
  }

  /** The host has told who we are: what names our own peer id has put us into the book. */
  meetSelf(): void {
    this.#membership.refresh()
  }

  /** Takes the list over: nodes follow their SP, and those that nothing ties to one any more lose their standing. */
  sync(entries: readonly SpEntry[]): void {
    this.#membership.takeList(entries)
    this.#membership.prune(false)
  }

  /** The end of a period: failures count unless the fault was ours, and zombies with enough backups go. */
  settle(): void {
    const { failures, online } = this.#window.settle()
    for (const [peerId, count] of failures) {
      const known = this.#table.get(peerId)
      if (known === undefined) continue
      const node = this.#table.put(become.failed(known, count))
      if (this.#hints.has(peerId)) this.#gossip.tried(node, count)
      else this.#init.events.failed(this.#table.record(node))
    }
    if (online) this.#membership.prune(true)
  }

  claim(peerId: PeerIdString, sp: SpAddress): boolean {
    const node = this.#table.get(peerId)
    const before = node?.sp
    // A connection that carries a signature from the peer works.
    if (node !== undefined) this.#table.put(become.heard(node))
    const believed = this.#believes(peerId, sp)
    if (believed && before !== sp) this.#tell({ kind: 'claimed' })
    return believed
  }

  onNews(listener: (news: PeerNews) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  proved(peerId: PeerIdString, sp: SpAddress): void {
    const node = this.#table.get(peerId)
    if (node?.sp === sp) this.#membership.prove(node)
  }

  contacted(peerId: PeerIdString, result: ContactResult): void {
    if (result.ok) this.#answered(peerId, result)
    else {
      const node = this.#table.get(peerId)
      if (node === undefined) return
      this.#window.failed(peerId, node.sp)
      this.#table.put(become.unanswered(node, result.error, this.#init.isConnected(peerId), result.kind))
    }
  }

  hint(from: PeerIdString | 'dht', nodes: readonly HintedNode[]): void {
    this.#tell({ kind: 'hinted', fresh: this.#gossip.tell(from, nodes) })
  }

  announced(peerId: PeerIdString, addresses: readonly string[]): void {
    const node = this.#known(peerId)
    const told = plausible(addresses)
    if (node !== undefined && told.length > 0) this.#table.put(become.announced(node, told))
  }

  /** An operator's node: looked after like one of the configuration, and kept until the operator removes it. */
  add(peerId: PeerIdString, address: string): PeerRecord {
    const node = this.#known(peerId) ?? newNode(peerId, 'operator', this.#init.clock.now())
    this.#hints.forget(peerId)
    return this.#table.record(this.#table.put(become.added(node, address)))
  }

  /** `false` when there is no such node. One that list or configuration name is back at once, with nothing known of it. */
  remove(peerId: PeerIdString): boolean {
    const node = this.#table.get(peerId)
    if (node === undefined) return false
    this.#table.drop(node, 'operator')
    this.#membership.refresh()
    return true
  }

  block(peerId: PeerIdString): void {
    this.#blocked.add(peerId)
    const node = this.#table.get(peerId)
    if (node !== undefined && this.#hints.has(peerId)) this.#table.forget(node)
  }

  unblock(peerId: PeerIdString): boolean {
    return this.#blocked.delete(peerId)
  }

  /** Also those that are not in the book. */
  get blocked(): readonly PeerIdString[] {
    return [...this.#blocked]
  }

  isBlocked(peerId: PeerIdString): boolean {
    return this.#blocked.has(peerId)
  }

  #believes(peerId: PeerIdString, sp: SpAddress): boolean {
    const tie = this.#init.trust.tieOf(peerId)
    if (tie === undefined) return !this.#blocked.has(peerId) && this.#membership.claim(peerId, sp)
    this.#known(peerId)
    return tie.sp === sp
  }

  #tell(news: PeerNews): void {
    for (const listener of this.#listeners) listener(news)
  }

  /** A node of the book, or one that was pruned and shows itself again. */
  #known(peerId: PeerIdString): Node | undefined {
    return this.#table.get(peerId) ?? this.#membership.recall(peerId)
  }

  #answered(peerId: PeerIdString, { rttMs, dialled }: Extract<ContactResult, { ok: true }>): void {
    const known = this.#known(peerId)
    if (known === undefined) return
    this.#window.ok(peerId, known.sp)
    const node = this.#table.put(become.answered(known, { now: this.#init.clock.now(), rttMs, dialled }))
    if (dialled !== undefined) {
      if (this.#hints.has(peerId)) this.#gossip.tried(node, 1)
      else this.#membership.verify(node)
    }
    const now = this.#table.get(peerId)
    if (now === undefined || known.failures === 0 || this.#hints.has(peerId)) return
    this.#init.events.recovered(this.#table.record(now))
  }
}
