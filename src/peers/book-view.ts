import type { PeerIdString, SpAddress } from '../domain/brands.js'
import { type Node, type PeerState, stateOf } from '../domain/node.js'
import type { Candidate } from '../domain/selection.js'
import type { PeerBookInit } from './book.js'
import type { PeerFilter, PeerRecord } from './index.js'
import type { NodeTable } from './node-table.js'

interface BookViewInit extends Pick<PeerBookInit, 'trust' | 'self' | 'isConnected' | 'limits' | 'clock'> {
  readonly table: NodeTable
  readonly isBlocked: (peerId: PeerIdString) => boolean
}

/** Time for which pongs tell the same nodes: a pong is signed anew whenever its content changes. */
const TELL_SAME_MS = 2_000

/** The reading side of the book. Used with every ask, pong and connection: it goes SP by SP and stops as early as it can. */
export class BookView {
  readonly #init: BookViewInit
  #turn = 0
  #told: { readonly at: number; readonly most: number; readonly records: readonly PeerRecord[] } | undefined

  constructor(init: BookViewInit) {
    this.#init = init
  }

  list({ sp, state }: PeerFilter = {}): readonly PeerRecord[] {
    const { table, limits } = this.#init
    const records: PeerRecord[] = []
    for (const node of sp === undefined ? table.all() : table.of(sp)) {
      if (state === undefined || stateOf(node, limits.zombieAfterFailures) === state) records.push(table.record(node))
    }
    return records
  }

  get(peerId: PeerIdString): PeerRecord | undefined {
    const node = this.#init.table.get(peerId)
    return node === undefined ? undefined : this.#init.table.record(node)
  }

  /** Nodes in each state. */
  counts(): Readonly<Record<PeerState, number>> {
    const { table, limits } = this.#init
    const counts = { hint: 0, claimed: 0, verified: 0, failing: 0, zombie: 0 } satisfies Record<PeerState, number>
    for (const node of table.all()) counts[stateOf(node, limits.zombieAfterFailures)]++
    return counts
  }

  candidates(): readonly Candidate[] {
    const { table, trust, self, isConnected, isBlocked } = this.#init
    const candidates: Candidate[] = []
    const add = (node: Node, connected: boolean): void => {
      const { peerId, sp, rttMs, standing, proven, failures } = node
      candidates.push({ peerId, sp, rttMs, connected, standing, proven, failures })
    }
    for (const sp of table.sps()) {
      if (sp === self.sp) continue
      for (const node of table.of(sp)) if (this.#maySpeak(node, sp)) add(node, isConnected(node.peerId))
    }
    for (const node of trust.unknownMaySpeak ? table.of(undefined) : []) {
      const connected = isConnected(node.peerId)
      // An open network starts with the configured nodes; a hint is asked only once it is connected.
      const isAsked = connected || node.source === 'bootstrap' || node.source === 'operator'
      if (isAsked && !isBlocked(node.peerId)) add(node, connected)
    }
    return candidates
  }

  /** SPs in service, besides us, with a connected node that may speak for them. */
  reachableSps(): readonly SpAddress[] {
    const { table, self, isConnected } = this.#init
    const isReachable = (sp: SpAddress): boolean => {
      for (const node of table.of(sp)) if (isConnected(node.peerId) && this.#maySpeak(node, sp)) return true
      return false
    }
    return table.sps().filter(sp => sp !== self.sp && isReachable(sp))
  }

  /** Nodes that others may be told of: verified and well, one of each SP first. The same for a few pongs, then others. */
  tellable(most: number): readonly PeerRecord[] {
    const now = this.#init.clock.monotonic()
    if (this.#told?.most !== most || now - this.#told.at >= TELL_SAME_MS) {
      this.#told = { at: now, most, records: this.#sample(most) }
    }
    return this.#told.records
  }

  /** One node of each SP before the second of any; each call begins with another SP. */
  #sample(most: number): readonly PeerRecord[] {
    const { table, limits } = this.#init
    const isWell = (node: Node): boolean => stateOf(node, limits.zombieAfterFailures) === 'verified'
    const sps = table.sps()
    const start = sps.length === 0 ? 0 : this.#turn++ % sps.length
    const told: (readonly Node[])[] = []
    for (const sp of [...sps.slice(start), ...sps.slice(0, start)]) {
      if (told.length >= most) break
      const nodes = [...table.of(sp)].filter(node => isWell(node) && this.#maySpeak(node, sp))
      if (nodes.length > 0) told.push(nodes)
    }
    const longest = told.reduce((length, nodes) => Math.max(length, nodes.length), 0)
    const inTurn = Array.from({ length: longest }, (_, round) => told.flatMap(nodes => nodes[round] ?? [])).flat()
    return inTurn.slice(0, most).map(node => table.record(node))
  }

  #maySpeak({ peerId }: Node, sp: SpAddress): boolean {
    return this.#init.trust.of(sp, peerId).maySpeak && !this.#init.isBlocked(peerId)
  }
}
