import type { PeerIdString, SpAddress } from '../domain/brands.js'
import type { Listing, SpEntry } from '../domain/registry.js'
import { createTrust, type Judgement, type Trust, type TrustInit } from './index.js'

/** What ties a peer to an SP. */
export interface Tie {
  readonly sp: SpAddress
  readonly source: 'registry' | 'pin'
  /** Empty where the list or the pin names none. */
  readonly addresses: readonly string[]
}

/** Trust by the last list taken, also while no newer one is trusted; and which peers list and pins tie to which SP. */
export class ListTrust implements Trust {
  readonly #pins: TrustInit['pins']
  readonly #trust: Trust
  #entries: ReadonlyMap<SpAddress, SpEntry> | undefined
  #ties: ReadonlyMap<PeerIdString, Tie>
  /** Some SP of the list names none of its nodes. */
  #anyOpen = false

  constructor({ mode, pins }: Omit<TrustInit, 'entryOf'>) {
    this.#pins = pins
    this.#trust = createTrust({ mode, pins, entryOf: sp => this.#entries?.get(sp) })
    this.#ties = this.#tie()
  }

  /** Whether a list was ever taken: before, nothing can be said about which SPs left it. */
  get listed(): boolean {
    return this.#entries !== undefined
  }

  get unknownMaySpeak(): boolean {
    return this.#trust.unknownMaySpeak
  }

  /**
   * A peer that neither list nor pins name may speak for some SP of the list; before the first list nothing can be said
   * against it.
   */
  get strangersMaySpeak(): boolean {
    return !this.listed || (this.#anyOpen && this.#trust.unknownMaySpeak)
  }

  take(entries: readonly SpEntry[]): void {
    this.#entries = new Map(entries.map(entry => [entry.operatorAddress, entry]))
    this.#ties = this.#tie()
    this.#anyOpen = entries.some(({ operatorAddress }) => this.listing(operatorAddress) === 'open')
  }

  of(sp: SpAddress, peerId: PeerIdString): Judgement {
    return this.#trust.of(sp, peerId)
  }

  listing(sp: SpAddress): Listing {
    return this.#trust.listing(sp)
  }

  tieOf(peerId: PeerIdString): Tie | undefined {
    return this.#ties.get(peerId)
  }

  ties(): Iterable<readonly [PeerIdString, Tie]> {
    return this.#ties
  }

  isPinned(peerId: PeerIdString): boolean {
    for (const peers of this.#pins.values()) if (peers.has(peerId)) return true
    return false
  }

  /** Where list and pins tie a peer to different SPs, the list is right: it is newer. */
  #tie(): Map<PeerIdString, Tie> {
    const ties = new Map<PeerIdString, Tie>()
    for (const [sp, peers] of this.#pins) {
      // A pin says which SP a node belongs to; whether that is an SP, only the list says.
      if (this.#entries?.has(sp) === false) continue
      for (const peerId of peers) ties.set(peerId, { sp, source: 'pin', addresses: [] })
    }
    for (const { operatorAddress: sp, nodes } of this.#entries?.values() ?? []) {
      for (const { peerId, addresses } of nodes) ties.set(peerId, { sp, source: 'registry', addresses })
    }
    return ties
  }
}
