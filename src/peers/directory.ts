import type { PeerIdString, SpAddress } from '../domain/brands.js'
import type { Clock } from '../domain/clock.js'
import { inService, type SpEntry } from '../domain/registry.js'
import type { Candidate } from '../domain/selection.js'
import type { ContactResult, PeerDirectory, PeerRecord, PeerState } from './index.js'

/** Claimed nodes one open SP may have here. */
const MAX_CLAIMED_PER_SP = 4

export interface DirectoryInit {
  readonly self: SpAddress
  readonly bootstrap: readonly { readonly peerId: PeerIdString; readonly address: string }[]
  /** Local pins: peer ids that speak for an SP. */
  readonly pins: ReadonlyMap<SpAddress, ReadonlySet<PeerIdString>>
  readonly isConnected: (peerId: PeerIdString) => boolean
  readonly clock: Clock
}

interface Node {
  readonly peerId: PeerIdString
  sp: SpAddress | undefined
  state: PeerState
  addresses: readonly string[]
  source: PeerRecord['source']
  rttMs: number | undefined
  lastSuccess: number | undefined
  failures: number
  lastError: string | undefined
}

/**
 * The nodes of every SP, in memory: registry entries and pins are *verified*, bootstrap nodes and inbound peers become
 * *claimed* by a signed ping of an SP that names no peer ids.
 */
export class MemoryDirectory implements PeerDirectory {
  readonly #nodes = new Map<PeerIdString, Node>()
  readonly #entries = new Map<SpAddress, SpEntry>()
  readonly #init: DirectoryInit

  constructor(init: DirectoryInit) {
    this.#init = init
    for (const { peerId } of init.bootstrap) if (!this.#nodes.has(peerId)) this.#add(peerId, 'hint', 'bootstrap')
    for (const node of this.#nodes.values()) node.addresses = this.#configured(node.peerId)
    for (const [sp, peers] of init.pins) for (const peerId of peers) this.#verify(peerId, sp, [])
  }

  /** Takes the list over: nodes follow their SP, and those that no longer belong to one lose their standing. */
  sync(entries: readonly SpEntry[]): void {
    this.#entries.clear()
    const named = new Set<PeerIdString>()
    for (const entry of entries) {
      this.#entries.set(entry.operatorAddress, entry)
      for (const { peerId, addresses } of entry.nodes) {
        named.add(peerId)
        this.#verify(peerId, entry.operatorAddress, addresses)
      }
    }
    for (const node of [...this.#nodes.values()]) {
      if (named.has(node.peerId) || node.sp === undefined) continue
      const open = this.#entries.get(node.sp)?.nodes.length === 0
      if (node.state !== 'claimed' || !open) this.#unname(node)
    }
  }

  list(filter: { readonly sp?: SpAddress; readonly state?: PeerState } = {}): readonly PeerRecord[] {
    return [...this.#nodes.values()]
      .filter(node => filter.sp === undefined || node.sp === filter.sp)
      .filter(node => filter.state === undefined || node.state === filter.state)
      .map(node => this.#record(node))
  }

  get(peerId: PeerIdString): PeerRecord | undefined {
    const node = this.#nodes.get(peerId)
    return node === undefined ? undefined : this.#record(node)
  }

  candidates(): readonly Candidate[] {
    const candidates: Candidate[] = []
    for (const { peerId, sp, rttMs } of this.#nodes.values()) {
      if (sp === this.#init.self) continue
      if (sp !== undefined && !inService(this.#entries.get(sp))) continue
      candidates.push({ peerId, sp, rttMs, connected: this.#init.isConnected(peerId) })
    }
    return candidates
  }

  claim(peerId: PeerIdString, sp: SpAddress): boolean {
    const entry = this.#entries.get(sp)
    if (entry === undefined) return false
    const known = this.#nodes.get(peerId)
    if (known?.state === 'verified') return known.sp === sp
    if (entry.nodes.length > 0 || this.#init.pins.has(sp)) return false
    if (known?.sp === sp) return true
    const claimed = [...this.#nodes.values()].filter(node => node.sp === sp && node.state === 'claimed')
    if (claimed.length >= MAX_CLAIMED_PER_SP) {
      const gone = claimed.find(node => !this.#init.isConnected(node.peerId) && node.source === 'inbound')
      if (gone === undefined) return false
      this.#nodes.delete(gone.peerId)
    }
    const node = known ?? this.#add(peerId, 'claimed', 'inbound')
    node.sp = sp
    node.state = 'claimed'
    return true
  }

  contacted(peerId: PeerIdString, result: ContactResult): void {
    const node = this.#nodes.get(peerId)
    if (node === undefined) return
    if (result.ok) {
      node.failures = 0
      node.lastError = undefined
      node.lastSuccess = this.#init.clock.now()
      node.rttMs = result.rttMs ?? node.rttMs
    } else {
      node.failures++
      node.lastError = result.error
    }
  }

  #verify(peerId: PeerIdString, sp: SpAddress, addresses: readonly string[]): void {
    const node = this.#nodes.get(peerId) ?? this.#add(peerId, 'verified', 'registry')
    node.sp = sp
    node.state = 'verified'
    if (addresses.length > 0) node.addresses = addresses
  }

  /** The list names the node no more: what our own configuration says of it is left. */
  #unname(node: Node): void {
    const [pinned] = [...this.#init.pins].find(([, peers]) => peers.has(node.peerId)) ?? []
    if (pinned !== undefined) this.#verify(node.peerId, pinned, [])
    else if (node.source === 'bootstrap') {
      node.sp = undefined
      node.state = 'hint'
      node.addresses = this.#configured(node.peerId)
    } else this.#nodes.delete(node.peerId)
  }

  #configured(peerId: PeerIdString): string[] {
    return this.#init.bootstrap.filter(node => node.peerId === peerId).map(({ address }) => address)
  }

  #add(peerId: PeerIdString, state: PeerState, source: PeerRecord['source']): Node {
    const node: Node = {
      peerId,
      sp: undefined,
      state,
      addresses: [],
      source,
      rttMs: undefined,
      lastSuccess: undefined,
      failures: 0,
      lastError: undefined
    }
    this.#nodes.set(peerId, node)
    return node
  }

  #record(node: Node): PeerRecord {
    return { ...node, connected: this.#init.isConnected(node.peerId) }
  }
}
