import type { PeerIdString } from '../domain/brands.js'
import { changed, type Node } from '../domain/node.js'
import { plausible, untried } from '../domain/node-addresses.js'
import { hinted, saidToBeOf } from '../domain/node-transitions.js'
import { MAX_DHT_HINTS_PER_SP, MAX_HINTED_ADDRESSES, MAX_HINTS_PER_SOURCE } from '../domain/peer-limits.js'
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

  tell(from: PeerIdString | 'dht', nodes: readonly HintedNode[]): void {
    const { table, trust, isIgnored } = this.#init
    for (const told of nodes) {
      const addresses = plausible(told.addresses, MAX_HINTED_ADDRESSES)
      if (addresses.length === 0 || isIgnored(told.peerId)) continue
      const known = table.get(told.peerId)
      if (known !== undefined) this.#ofKnown(known, from, told, addresses)
      else if (trust.tieOf(told.peerId) === undefined) this.#heardOf(from, told, addresses)
    }
  }

  /** The node was dialled `times` more. A hint that has named no SP after several dials is forgotten. */
  tried(node: Node, times: number): void {
    if (this.#init.hints.tried(node.peerId, times)) this.#init.table.forget(node)
  }

  #ofKnown(known: Node, from: PeerIdString | 'dht', { sp }: HintedNode, addresses: readonly string[]): void {
    // A list or pin may name a peer id without an address. Then hints are tried: a wrong one costs one dial.
    const { table, hints } = this.#init
    if (known.addresses.length === 0) table.put(hinted(known, from, addresses))
    else if (hints.has(known.peerId)) table.put(saidToBeOf(known, sp))
  }

  #heardOf(from: PeerIdString | 'dht', { peerId, sp }: HintedNode, addresses: readonly string[]): void {
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
    if (!added) return
    const source = from === 'dht' ? 'dht' : 'pong'
    table.put(changed({ peerId, source, firstSeen: clock.now(), addresses: untried(addresses), hintedSp: sp }))
  }
}
