import type { PeerIdString } from '../domain/brands.js'
import { type Node, newNode } from '../domain/node.js'
import { plausible } from '../domain/node-addresses.js'
import { hinted, saidToBeOf } from '../domain/node-transitions.js'
import { MAX_DHT_HINTS_PER_SP, MAX_HINTED_PER_TELLER, MAX_HINTS_PER_SOURCE } from '../domain/peer-limits.js'
import type { PeerBookInit } from './book.js'
import type { HintBucket } from './hint-bucket.js'
import type { HintedNode } from './index.js'
import type { NodeTable } from './node-table.js'

interface GossipedHintsInit extends Pick<PeerBookInit, 'trust' | 'clock'> {
  readonly table: NodeTable
  readonly hints: HintBucket
  /** Blocked, or ourselves. */
  readonly isIgnored: (peerId: PeerIdString) => boolean
}

/** What others tell of nodes: not believed, bounded, never on disk, and ignored where we know an address ourselves. */
export class GossipedHints {
  readonly #init: GossipedHintsInit

  constructor(init: GossipedHintsInit) {
    this.#init = init
  }

  /** @returns the nodes of which an address was told that was not known */
  tell(from: PeerIdString | 'dht', nodes: readonly HintedNode[]): readonly PeerIdString[] {
    const { table, trust, isIgnored } = this.#init
    const fresh: PeerIdString[] = []
    for (const told of nodes) {
      const addresses = plausible(told.addresses, MAX_HINTED_PER_TELLER)
      if (addresses.length === 0 || isIgnored(told.peerId)) continue
      const known = table.get(told.peerId)
      const isNews =
        known !== undefined
          ? this.#ofKnown(known, from, told, addresses)
          : trust.tieOf(told.peerId) === undefined && this.#heardOf(from, told, addresses)
      if (isNews) fresh.push(told.peerId)
    }
    return fresh
  }

  /** The node was dialled `times` more. A hint that has named no SP after several dials is forgotten. */
  tried(node: Node, times: number): void {
    if (this.#init.hints.tried(node.peerId, times)) this.#init.table.forget(node)
  }

  /** @returns whether it learned an address */
  #ofKnown(known: Node, from: PeerIdString | 'dht', { sp }: HintedNode, addresses: readonly string[]): boolean {
    const { table, hints } = this.#init
    const node = hints.has(known.peerId) ? saidToBeOf(known, sp) : known
    // A list or pin may name a peer id without an address. Then hints are tried: a wrong one costs one dial.
    const learns = known.addresses.length === 0
    table.put(learns ? hinted(node, from, addresses) : node)
    return learns && addresses.some(address => !known.hinted.some(entry => entry.address === address))
  }

  /** @returns whether there is room for it */
  #heardOf(from: PeerIdString | 'dht', { peerId, sp }: HintedNode, addresses: readonly string[]): boolean {
    const { table, hints, clock } = this.#init
    // Invented records of one SP must not crowd out those of another.
    const ofSp = from === 'dht' && sp !== undefined
    const { added, displaced } = hints.add(
      peerId,
      ofSp ? `dht/${sp}` : from,
      ofSp ? MAX_DHT_HINTS_PER_SP : MAX_HINTS_PER_SOURCE
    )
    const gone = displaced === undefined ? undefined : table.get(displaced)
    if (gone !== undefined) table.forget(gone)
    if (!added) return false
    const node = newNode(peerId, from === 'dht' ? 'dht' : 'pong', clock.now())
    table.put(saidToBeOf(hinted(node, from, addresses), sp))
    return true
  }
}
