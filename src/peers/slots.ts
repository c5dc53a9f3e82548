import { admit, type Rise } from '../domain/admission.js'
import type { PeerIdString, SpAddress } from '../domain/brands.js'
import type { PeerLimits } from '../domain/peer-limits.js'
import type { Node } from './node.js'
import type { NodeTable } from './node-table.js'

export interface SlotsInit {
  readonly table: NodeTable
  readonly limits: PeerLimits
  /** List, pin or configuration name the node: it loses its slot, but stays in the book. */
  readonly isNamed: (node: Node) => boolean
}

/** The reserved places of every SP; whoever rises needs one of its own SP's. */
export class Slots {
  readonly #init: SlotsInit

  constructor(init: SlotsInit) {
    this.#init = init
  }

  /** `false`: the SP is full. */
  take(sp: SpAddress, newcomer: PeerIdString, to: Rise): boolean {
    const { table, limits, isNamed } = this.#init
    const held = [...table.of(sp)].filter(node => node.peerId !== newcomer && node.standing !== 'hint')
    const admission = admit(
      held.map(node => table.facts(node)),
      to,
      limits
    )
    if (admission.verdict !== 'instead') return admission.verdict === 'room'
    const gone = table.get(admission.of)
    if (gone === undefined) return true
    if (isNamed(gone)) table.lower(gone)
    else table.drop(gone, 'displaced')
    return true
  }
}
