import type { PeerIdString, SpAddress } from '../domain/brands.js'
import type { Listing } from '../domain/prune.js'
import type { SpEntry } from '../domain/registry.js'
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
    this.#entries = new Map(entries.map(entry => [entry.operatorAddress, entry]))
    this.#listed = true
    this.#byPeer = this.#tie()
  }

  of(peerId: PeerIdString): Tie | undefined {
    return this.#byPeer.get(peerId)
  }

  all(): Iterable<[PeerIdString, Tie]> {
    return this.#byPeer
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
      for (const peerId of peers) ties.set(peerId, { sp, source: 'pin', addresses: [] })
    }
    for (const { operatorAddress: sp, nodes } of this.#entries.values()) {
      for (const { peerId, addresses } of nodes) ties.set(peerId, { sp, source: 'registry', addresses })
    }
    return ties
  }
}
