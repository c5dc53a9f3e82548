import type { PeerIdString, SpAddress } from '../domain/brands.js'
import { MAX_ERROR_LENGTH, type PeerLimits } from '../domain/peer-limits.js'
import type { SpEntry } from '../domain/registry.js'
import type { Candidate } from '../domain/selection.js'
import type { Clock } from '../kit/clock.js'
import type { BookContents } from '../store/book.js'
import type { ListTrust } from '../trust/list-trust.js'
import { afterAnnouncing, afterFailure, afterSuccess, plausible } from './addresses.js'
import { BookView } from './book-view.js'
import { ContactWindow } from './contact-window.js'
import { GossipedHints } from './gossiped-hints.js'
import { HintBucket } from './hint-bucket.js'
import type {
  BookEvents,
  ContactResult,
  HintedNode,
  PeerDirectory,
  PeerFilter,
  PeerNews,
  PeerRecord,
  PeerState
} from './index.js'
import { Naming } from './naming.js'
import { fromBook, isKept, type Node, smoothed } from './node.js'
import { NodeTable } from './node-table.js'
import { Slots } from './slots.js'
import { Standings } from './standings.js'

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

/** The nodes of every SP: who is known, what each has shown of itself, how each fares. */
export class PeerBook implements PeerDirectory {
  readonly #init: PeerBookInit
  readonly #blocked = new Set<PeerIdString>()
  readonly #listeners = new Set<(news: PeerNews) => void>()
  readonly #hints = new HintBucket()
  readonly #window = new ContactWindow()
  readonly #table: NodeTable
  readonly #naming: Naming
  readonly #standings: Standings
  readonly #gossip: GossipedHints
  readonly #view: BookView

  constructor(init: PeerBookInit) {
    const { self, bootstrap, trust, limits } = init
    const isBlocked = (peerId: PeerIdString): boolean => this.#blocked.has(peerId)
    const onForget = (peerId: PeerIdString): void => {
      this.#hints.forget(peerId)
      this.#window.forget(peerId)
    }
    const table = new NodeTable({ ...init, isBlocked, onForget })
    const hints = this.#hints
    const isNamed = (node: Node): boolean => node.tied || naming.isConfigured(node)
    const slots = new Slots({ table, limits, isNamed })
    const naming = new Naming({ table, trust, hints, slots, bootstrap })
    const isIgnored = (peerId: PeerIdString): boolean => isBlocked(peerId) || peerId === self.peerId?.()
    this.#init = init
    this.#table = table
    this.#naming = naming
    this.#standings = new Standings({ table, trust, hints, slots, naming, limits, events: init.events })
    this.#gossip = new GossipedHints({ table, trust, hints, isIgnored })
    this.#view = new BookView({ ...init, table, selfSp: self.sp, isBlocked })
    naming.refresh()
  }

  /** What was on disk, before the first list is taken. Nobody has answered since: silence says nothing yet. */
  restore({ nodes, blocked }: BookContents): void {
    this.#window.reset()
    for (const peerId of blocked) this.#blocked.add(peerId)
    for (const record of nodes) {
      const known = this.#table.get(record.peerId)
      if (known !== undefined && (isKept(known) || known.lastSuccess !== undefined)) continue
      // Pins and configuration named it before the disk was read.
      if (known !== undefined) this.#table.forget(known)
      this.#table.put(fromBook(record))
    }
    this.#naming.refresh()
  }

  /** Takes the list over: nodes follow their SP, and those that nothing ties to one any more lose their standing. */
  sync(entries: readonly SpEntry[]): void {
    this.#naming.take(entries)
    this.#standings.prune(false)
  }

  /** The end of a period: failures count unless the fault was ours, and zombies with enough backups go. */
  settle(): void {
    const { failures, online } = this.#window.settle()
    for (const [peerId, count] of failures) {
      const node = this.#table.get(peerId)
      if (node === undefined) continue
      node.failures += count
      if (this.#hints.has(peerId)) {
        this.#gossip.tried(node, count)
        continue
      }
      this.#table.changed(node)
      this.#init.events.failed(this.#table.record(node))
    }
    if (online) this.#standings.prune(true)
  }

  list(filter: PeerFilter = {}): readonly PeerRecord[] {
    return this.#view.list(filter)
  }

  get(peerId: PeerIdString): PeerRecord | undefined {
    const node = this.#table.get(peerId)
    return node === undefined ? undefined : this.#table.record(node)
  }

  /** Nodes in each state. */
  counts(): Readonly<Record<PeerState, number>> {
    return this.#view.counts()
  }

  candidates(): readonly Candidate[] {
    return this.#view.candidates()
  }

  /** SPs in service, besides us, with a connected node that may speak for them. */
  reachableSps(): readonly SpAddress[] {
    return this.#view.reachableSps()
  }

  /** Nodes that others may be told of: verified and well, one of each SP first. The same for a few pongs, then others. */
  tellable(most: number): readonly PeerRecord[] {
    return this.#view.tellable(most)
  }

  claim(peerId: PeerIdString, sp: SpAddress): boolean {
    const node = this.#table.get(peerId)
    const before = node?.sp
    // What brings us its signature carries ours too.
    if (node !== undefined) node.unanswered = 0
    const believed = this.#believes(peerId, sp)
    if (believed && before !== sp) this.#tell('claimed')
    return believed
  }

  onNews(listener: (news: PeerNews) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  proved(peerId: PeerIdString, sp: SpAddress): void {
    const node = this.#table.get(peerId)
    if (node?.sp === sp) this.#standings.prove(node)
  }

  contacted(peerId: PeerIdString, result: ContactResult): void {
    if (!result.ok) {
      const node = this.#table.get(peerId)
      if (node !== undefined) this.#failed(node, result.error)
      return
    }
    const node = this.#known(peerId)
    if (node === undefined) return
    const { rttMs, dialled } = result
    this.#window.ok(peerId, node.sp)
    const failing = node.failures > 0
    node.failures = 0
    node.unanswered = 0
    node.lastError = undefined
    node.lastSuccess = this.#init.clock.now()
    if (rttMs !== undefined) node.rttMs = smoothed(node.rttMs, rttMs)
    if (dialled !== undefined) this.#answered(node, dialled)
    if (failing && !this.#hints.has(peerId)) this.#init.events.recovered(this.#table.record(node))
    this.#table.changed(node)
  }

  hint(from: PeerIdString | 'dht', nodes: readonly HintedNode[]): void {
    this.#gossip.tell(from, nodes)
    this.#tell('hinted')
  }

  announced(peerId: PeerIdString, addresses: readonly string[]): void {
    const node = this.#known(peerId)
    const told = plausible(addresses)
    if (node === undefined || told.length === 0) return
    node.addresses = afterAnnouncing(node.addresses, told, node.named)
    this.#table.changed(node)
  }

  /** An operator's node: looked after like one of the configuration, and kept until the operator removes it. */
  add(peerId: PeerIdString, address: string): PeerRecord {
    const node = this.#known(peerId) ?? this.#table.add(peerId, 'operator')
    this.#hints.forget(peerId)
    if (node.source !== 'bootstrap') node.source = 'operator'
    node.addresses = afterAnnouncing(node.addresses, [address], node.named)
    node.named = [...node.named, address]
    this.#table.changed(node)
    return this.#table.record(node)
  }

  /** `false` when there is no such node. One that list or configuration name is back at once, with nothing known of it. */
  remove(peerId: PeerIdString): boolean {
    const node = this.#table.get(peerId)
    if (node === undefined) return false
    this.#table.drop(node, 'operator')
    this.#naming.refresh()
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
    if (tie === undefined) return !this.#blocked.has(peerId) && this.#standings.claim(peerId, sp)
    this.#known(peerId)
    return tie.sp === sp
  }

  #tell(news: PeerNews): void {
    for (const listener of this.#listeners) listener(news)
  }

  /** A node of the book, or one that was pruned and shows itself again. */
  #known(peerId: PeerIdString): Node | undefined {
    return this.#table.get(peerId) ?? this.#naming.recall(peerId)
  }

  #failed(node: Node, error: string): void {
    node.lastError = error.slice(0, MAX_ERROR_LENGTH)
    node.unanswered++
    this.#window.failed(node.peerId, node.sp)
    if (this.#init.isConnected(node.peerId)) return
    node.addresses = afterFailure(node.addresses)
    node.hinted = afterFailure(node.hinted)
  }

  #answered(node: Node, address: string): void {
    node.addresses = afterSuccess(node.addresses, address, this.#init.clock.now())
    node.hinted = []
    if (this.#hints.has(node.peerId)) this.#gossip.tried(node, 1)
    else this.#standings.verify(node)
  }
}
