import type { PeerIdString, SpAddress } from '../domain/brands.js'
import type { PeerLimits } from '../domain/peer-limits.js'
import { prune } from '../domain/prune.js'
import type { ListTrust } from '../trust/list-trust.js'
import type { HintBucket } from './hint-bucket.js'
import type { BookEvents } from './index.js'
import type { Naming } from './naming.js'
import { isKept, type Node } from './node.js'
import type { NodeTable } from './node-table.js'
import type { Slots } from './slots.js'

export interface StandingsInit {
  readonly table: NodeTable
  readonly trust: ListTrust
  readonly hints: HintBucket
  readonly slots: Slots
  readonly naming: Naming
  readonly limits: PeerLimits
  readonly events: BookEvents
}

/** How nodes rise by what they show of themselves, and which of them go in the end. */
export class Standings {
  readonly #init: StandingsInit

  constructor(init: StandingsInit) {
    this.#init = init
  }

  /** A signature of its SP came from a peer that nothing ties to one. `false`: it is not believed, or there is no room. */
  claim(peerId: PeerIdString, sp: SpAddress): boolean {
    const { table, trust, hints, slots, events } = this.#init
    if (trust.of(sp, peerId).tier !== 'claimed') return false
    const known = table.get(peerId)
    if (known?.sp === sp && known.standing !== 'hint') return true
    // What it showed once weighs more than a signature anyone can replay: only the list moves it.
    if (known?.standing === 'verified' || !slots.take(sp, peerId, 'claimed')) return false
    const node = known ?? table.add(peerId, 'inbound')
    const wasKept = isKept(node)
    hints.forget(peerId)
    table.move(node, sp)
    node.standing = 'claimed'
    node.proven = false
    table.changed(node, wasKept)
    events.added(table.record(node))
    return true
  }

  prove(node: Node): void {
    const { table, slots } = this.#init
    if (node.standing !== 'claimed' || node.sp === undefined || node.proven) return
    if (!slots.take(node.sp, node.peerId, 'proven')) return
    node.proven = true
    table.changed(node)
  }

  /** It answered a dial of ours: who is tied to its SP is permanent from now on. */
  verify(node: Node): void {
    const { table, slots, events } = this.#init
    if (!node.tied || node.sp === undefined || node.standing === 'verified') return
    if (!slots.take(node.sp, node.peerId, 'verified')) return
    node.standing = 'verified'
    node.proven = false
    table.changed(node)
    events.added(table.record(node))
  }

  /** @param online our network is up: zombies may go too, not only those whom the list sends away */
  prune(online: boolean): void {
    const { table, trust, naming, limits } = this.#init
    if (!trust.listed) return
    const { keepPerSp, zombieAfterFailures } = limits
    const rules = { keepPerSp, zombieAfterFailures, online }
    // Most SPs are well: nobody is looked at whose SP has nobody to lose.
    const mayLose = (node: Node): boolean => !node.tied || node.failures >= zombieAfterFailures
    const facts = [...table.sps()]
      .map(sp => [...table.of(sp)])
      .filter(nodes => nodes.some(mayLose))
      .flatMap(nodes => nodes.map(node => ({ ...table.facts(node), configured: naming.isConfigured(node) })))
    for (const { peerId, why } of prune(facts, sp => trust.listing(sp), rules)) {
      const node = table.get(peerId)
      if (node === undefined) continue
      if (why === 'zombie') {
        naming.setAside(peerId)
        table.drop(node, why)
      } else naming.unname(node, why)
    }
  }
}
