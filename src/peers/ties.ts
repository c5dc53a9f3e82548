import { isDeepStrictEqual } from 'node:util'
import type { PeerIdString, SpAddress } from '../domain/brands.js'
import type { Listing, SpEntry } from '../domain/registry.js'
import type { NodeSource } from './index.js'

export interface Tie {
  readonly sp: SpAddress
  readonly source: NodeSource
  /** Empty where the list or the pin names none. */
  readonly addresses: readonly string[]
}

/** Which peer ids the SP list and our own pins tie to which SP. The list is newer than a pin. */
export class Ties {
  readonly #pins: ReadonlyMap<SpAddress, ReadonlySet<PeerIdString>>
  readonly #aside = new Set<PeerIdString>()
  #entries: ReadonlyMap<SpAddress, SpEntry> = new Map()
  #byPeer: ReadonlyMap<PeerIdString, Tie> = new Map()
  #listed = false

  constructor(pins: ReadonlyMap<SpAddress, ReadonlySet<PeerIdString>>) {
    this.#pins = pins
    this.#byPeer = this.#tie()
  }

  /** Whether a list was ever taken: before, nothing can be said about who left it. */
  get listed(): boolean {
    return this.#listed
  }

  take(entries: readonly SpEntry[]): void {
    const before = this.#byPeer
    this.#entries = new Map(entries.map(entry => [entry.operatorAddress, entry]))
    this.#listed = true
    this.#byPeer = this.#tie()
    for (const peerId of this.#aside) {
      if (!isDeepStrictEqual(before.get(peerId), this.#byPeer.get(peerId))) this.#aside.delete(peerId)
    }
  }

  of(peerId: PeerIdString): Tie | undefined {
    return this.#byPeer.get(peerId)
  }

  /** Those of nodes that are to stand in the book. */
  *all(): Iterable<readonly [PeerIdString, Tie]> {
    for (const entry of this.#byPeer) if (!this.#aside.has(entry[0])) yield entry
  }

  /** Its node was pruned: it stays out until the list says something new about it, or it shows itself. */
  setAside(peerId: PeerIdString): void {
    if (this.#byPeer.has(peerId)) this.#aside.add(peerId)
  }

  /** `true`: it was set aside, and is not any more. */
  recall(peerId: PeerIdString): boolean {
    return this.#aside.delete(peerId)
  }

  isPinned(peerId: PeerIdString): boolean {
    for (const peers of this.#pins.values()) if (peers.has(peerId)) return true
    return false
  }

  entry(sp: SpAddress): SpEntry | undefined {
    return this.#entries.get(sp)
  }

  listing(sp: SpAddress): Listing {
    const entry = this.#entries.get(sp)
    if (entry === undefined) return 'unlisted'
    return entry.nodes.length > 0 || this.#pins.has(sp) ? 'closed' : 'open'
  }

  #tie(): Map<PeerIdString, Tie> {
    const ties = new Map<PeerIdString, Tie>()
    for (const [sp, peers] of this.#pins) {
      // A pin says whose a node is, not that its SP is one: that is the list's word.
      if (this.#listed && !this.#entries.has(sp)) continue
      for (const peerId of peers) ties.set(peerId, { sp, source: 'pin', addresses: [] })
    }
    for (const { operatorAddress: sp, nodes } of this.#entries.values()) {
      for (const { peerId, addresses } of nodes) ties.set(peerId, { sp, source: 'registry', addresses })
    }
    return ties
  }
}
