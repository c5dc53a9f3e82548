import { admit } from '../domain/admission.js'
import type { PeerIdString, SpAddress } from '../domain/brands.js'
import type { Clock } from '../domain/clock.js'
import { isPermanent } from '../domain/node.js'
import type { PeerLimits } from '../domain/peer-limits.js'
import { prune } from '../domain/prune.js'
import { inService, type SpEntry } from '../domain/registry.js'
import type { Candidate } from '../domain/selection.js'
import type { BookContents } from '../store/book.js'
import { ContactWindow } from './contact-window.js'
import { HintBucket } from './hint-bucket.js'
import type {
  BookEvents,
  ContactResult,
  HintedNode,
  NodeSource,
  PeerDirectory,
  PeerFilter,
  PeerRecord
} from './index.js'
import {
  fromBook,
  type Node,
  newNode,
  onlyAddresses,
  peerRecord,
  smoothed,
  withAddresses,
  withSuccess
} from './node.js'
import { type Tie, Ties } from './ties.js'

export interface PeerBookInit {
  readonly self: { readonly sp: SpAddress; readonly peerId?: () => PeerIdString | undefined }
  readonly bootstrap: readonly { readonly peerId: PeerIdString; readonly address: string }[]
  /** Local pins: peer ids that speak for an SP. */
  readonly pins: ReadonlyMap<SpAddress, ReadonlySet<PeerIdString>>
  readonly limits: PeerLimits
  readonly isConnected: (peerId: PeerIdString) => boolean
  readonly clock: Clock
  readonly events: BookEvents
  /** What is to be on disk: called for each permanent node that changed, and for each that went. */
  readonly keep: (node: Node, kept: boolean) => void
}

/** The nodes of every SP: who is known, what each has shown of itself, how each fares. */
export class PeerBook implements PeerDirectory {
  readonly #init: PeerBookInit
  readonly #nodes = new Map<PeerIdString, Node>()
  readonly #hints = new HintBucket()
  readonly #ties: Ties
  readonly #window = new ContactWindow()
  readonly #blocked = new Set<PeerIdString>()

  constructor(init: PeerBookInit) {
    this.#init = init
    this.#ties = new Ties(init.pins)
    this.#named()
  }

  /** What was on disk, before the first list is taken. */
  restore({ nodes, blocked }: BookContents): void {
    for (const peerId of blocked) this.#blocked.add(peerId)
    for (const record of nodes) {
      if (!this.#nodes.has(record.peerId)) this.#nodes.set(record.peerId, fromBook(record))
    }
    this.#named()
  }

  /** Takes the list over: nodes follow their SP, and those that nothing ties to one any more lose their standing. */
  sync(entries: readonly SpEntry[]): void {
    this.#ties.take(entries)
    this.#named()
    this.#prune()
  }

  /** The end of a period: failures count unless the fault was ours, and zombies with enough backups go. */
  settle(): void {
    const { failures, online } = this.#window.settle()
    for (const [peerId, count] of failures) {
      const node = this.#nodes.get(peerId)
      if (node === undefined) continue
      node.failures += count
      this.#keep(node)
      this.#init.events.failed(this.#record(node))
    }
    if (online) this.#prune()
  }

  list({ sp, state }: PeerFilter = {}): readonly PeerRecord[] {
    const records = [...this.#nodes.values()]
      .filter(node => sp === undefined || node.sp === sp)
      .map(node => this.#record(node))
    return state === undefined ? records : records.filter(record => record.state === state)
  }

  get(peerId: PeerIdString): PeerRecord | undefined {
    const node = this.#nodes.get(peerId)
    return node === undefined ? undefined : this.#record(node)
  }

  candidates(): readonly Candidate[] {
    const { self, isConnected } = this.#init
    const candidates: Candidate[] = []
    for (const { peerId, sp, rttMs, standing, proven, failures, tied, source } of this.#nodes.values()) {
      if (sp === self.sp || this.#blocked.has(peerId)) continue
      const connected = isConnected(peerId)
      if (sp === undefined) {
        // An open network starts with whom the configuration names; who was only heard of is not asked unseen.
        if (!connected && source !== 'bootstrap' && source !== 'operator') continue
      } else {
        if (!inService(this.#ties.entry(sp))) continue
        if (!tied && this.#ties.listing(sp) === 'closed') continue
      }
      candidates.push({ peerId, sp, rttMs, connected, standing, proven, failures })
    }
    return candidates
  }

  claim(peerId: PeerIdString, sp: SpAddress): boolean {
    const tie = this.#ties.of(peerId)
    if (tie !== undefined) return tie.sp === sp
    if (this.#ties.listing(sp) !== 'open' || this.#blocked.has(peerId)) return false
    const known = this.#nodes.get(peerId)
    if (known?.sp === sp && known.standing !== 'hint') return true
    if (!this.#takeSlot(sp, peerId, 'claimed')) return false
    const node = known ?? this.#add(peerId, 'inbound')
    this.#hints.forget(peerId)
    const wasKept = isPermanent(node)
    node.sp = sp
    node.standing = 'claimed'
    node.proven = false
    if (wasKept) this.#init.keep(node, false)
    this.#init.events.added(this.#record(node))
    return true
  }

  proved(peerId: PeerIdString, sp: SpAddress): void {
    const node = this.#nodes.get(peerId)
    if (node?.standing !== 'claimed' || node.sp !== sp || node.proven) return
    node.proven = true
    this.#keep(node)
  }

  contacted(peerId: PeerIdString, result: ContactResult): void {
    const node = this.#nodes.get(peerId)
    if (node === undefined) return
    if (!result.ok) {
      node.lastError = result.error
      node.lastErrorKind = result.kind
      if (node.standing !== 'hint') this.#window.failed(peerId, node.sp)
      else if (this.#hints.failed(peerId)) this.#nodes.delete(peerId)
      return
    }
    const now = this.#init.clock.now()
    this.#window.ok(peerId, node.sp)
    if (result.rttMs !== undefined) node.rttMs = smoothed(node.rttMs, result.rttMs)
    if (result.dialled !== undefined) node.addresses = withSuccess(node.addresses, result.dialled, now)
    const failing = node.failures > 0
    node.failures = 0
    node.lastError = undefined
    node.lastErrorKind = undefined
    node.lastSuccess = now
    if (result.dialled !== undefined) this.#verify(node)
    if (failing) this.#init.events.recovered(this.#record(node))
    this.#keep(node)
  }

  hint(from: PeerIdString | 'dht', nodes: readonly HintedNode[]): void {
    for (const { peerId, addresses } of nodes) {
      if (this.#nodes.has(peerId) || this.#blocked.has(peerId) || addresses.length === 0) continue
      if (peerId === this.#init.self.peerId?.()) continue
      const { taken, displaced } = this.#hints.take(peerId, from)
      if (displaced !== undefined) this.#nodes.delete(displaced)
      if (!taken) continue
      const node = this.#add(peerId, from === 'dht' ? 'dht' : 'pong')
      node.addresses = withAddresses([], addresses)
    }
  }

  announced(peerId: PeerIdString, addresses: readonly string[]): void {
    const node = this.#nodes.get(peerId)
    if (node === undefined || addresses.length === 0) return
    node.addresses = withAddresses(node.addresses, addresses)
    this.#keep(node)
  }

  /** An operator's node: looked after like one of the configuration, and kept. */
  add(peerId: PeerIdString, address: string): PeerRecord {
    const node = this.#nodes.get(peerId) ?? this.#add(peerId, 'operator')
    this.#hints.forget(peerId)
    node.addresses = withAddresses(node.addresses, [address])
    this.#init.keep(node, true)
    return this.#record(node)
  }

  /** `false` when there is no such node. */
  remove(peerId: PeerIdString): boolean {
    const node = this.#nodes.get(peerId)
    if (node === undefined) return false
    this.#drop(node, 'operator')
    this.#named()
    return true
  }

  block(peerId: PeerIdString): void {
    this.#blocked.add(peerId)
  }

  unblock(peerId: PeerIdString): boolean {
    return this.#blocked.delete(peerId)
  }

  isBlocked(peerId: PeerIdString): boolean {
    return this.#blocked.has(peerId)
  }

  /** Nodes that list, pins and configuration name stand in the book; who is named no more loses what that gave. */
  #named(): void {
    for (const { peerId, address } of this.#init.bootstrap) {
      const node = this.#nodes.get(peerId) ?? this.#add(peerId, 'bootstrap')
      if (!node.tied) node.addresses = withAddresses(node.addresses, [address])
    }
    for (const [peerId, tie] of this.#ties.all()) this.#tie(peerId, tie)
    for (const node of this.#nodes.values()) if (this.#ties.of(node.peerId) === undefined) this.#untie(node)
  }

  #tie(peerId: PeerIdString, { sp, source, addresses }: Tie): void {
    const node = this.#nodes.get(peerId) ?? this.#add(peerId, source)
    this.#hints.forget(peerId)
    if (addresses.length > 0) node.addresses = onlyAddresses(node.addresses, addresses)
    if (node.sp !== sp) {
      node.sp = sp
      // It has shown itself as a node, and its peer id is what ties it: it goes over with its SP.
      if (node.standing === 'claimed') node.standing = 'hint'
      node.proven = false
      this.#keep(node)
    }
    node.tied = true
  }

  #untie(node: Node): void {
    node.tied = false
    if (node.sp === undefined || !this.#ties.listed) return
    const listing = this.#ties.listing(node.sp)
    if (node.standing === 'verified' && listing === 'open') {
      node.standing = 'claimed'
      node.proven = true
    } else if (node.standing === 'verified' && listing === 'closed') {
      return // stays until another node of its SP has shown itself: `prune`
    } else if (listing !== 'open' || node.standing === 'hint') this.#unname(node)
  }

  /** Nothing speaks for the node any more but, perhaps, our own configuration. */
  #unname(node: Node): void {
    const configured = this.#init.bootstrap.some(({ peerId }) => peerId === node.peerId) || node.source === 'operator'
    if (!configured) {
      this.#drop(node, 'sp-left')
      return
    }
    if (isPermanent(node) && node.source !== 'operator') this.#init.keep(node, false)
    node.sp = undefined
    node.standing = 'hint'
    node.proven = false
    node.failures = 0
  }

  /** It answered a dial of ours: who is tied to its SP is permanent from now on, if its SP has a slot. */
  #verify(node: Node): void {
    if (!node.tied || node.sp === undefined || node.standing === 'verified') return
    if (!this.#takeSlot(node.sp, node.peerId, 'verified')) return
    node.standing = 'verified'
    this.#init.events.added(this.#record(node))
  }

  #takeSlot(sp: SpAddress, newcomer: PeerIdString, standing: 'claimed' | 'verified'): boolean {
    const held = this.list({ sp }).filter(node => node.peerId !== newcomer && node.standing !== 'hint')
    const admission = admit(held, standing, this.#init.limits)
    if (admission.verdict === 'instead') {
      const gone = this.#nodes.get(admission.of)
      if (gone !== undefined) this.#drop(gone, 'displaced')
    }
    return admission.verdict !== 'full'
  }

  #prune(): void {
    if (!this.#ties.listed) return
    const { keepPerSp, zombieAfterFailures } = this.#init.limits
    const facts = [...this.#nodes.values()].map(node => ({ ...node, connected: this.#init.isConnected(node.peerId) }))
    for (const { peerId, why } of prune(facts, sp => this.#ties.listing(sp), { keepPerSp, zombieAfterFailures })) {
      const node = this.#nodes.get(peerId)
      if (node === undefined) continue
      if (why === 'zombie') this.#drop(node, why)
      else this.#unname(node)
    }
  }

  #add(peerId: PeerIdString, source: NodeSource): Node {
    const node = newNode(peerId, source, this.#init.clock.now())
    this.#nodes.set(peerId, node)
    return node
  }

  #drop(node: Node, why: Parameters<BookEvents['pruned']>[1]): void {
    this.#nodes.delete(node.peerId)
    this.#hints.forget(node.peerId)
    this.#window.forget(node.peerId)
    if (isPermanent(node) || node.source === 'operator') this.#init.keep(node, false)
    this.#init.events.pruned(this.#record(node), why)
  }

  #keep(node: Node): void {
    if (isPermanent(node)) this.#init.keep(node, true)
  }

  #record(node: Node): PeerRecord {
    const { isConnected, limits } = this.#init
    return peerRecord(node, {
      connected: isConnected(node.peerId),
      blocked: this.#blocked.has(node.peerId),
      zombieAfter: limits.zombieAfterFailures
    })
  }
}
