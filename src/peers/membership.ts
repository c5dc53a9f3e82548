import { isDeepStrictEqual } from 'node:util'
import { admit, type Rise } from '../domain/admission.js'
import type { PeerIdString, SpAddress } from '../domain/brands.js'
import { isPermanent, type Node, newNode } from '../domain/node.js'
import * as become from '../domain/node-transitions.js'
import { type PruneReason, prune } from '../domain/prune.js'
import type { SpEntry } from '../domain/registry.js'
import type { Tie } from '../trust/list-trust.js'
import type { PeerBookInit } from './book.js'
import type { HintBucket } from './hint-bucket.js'
import type { NodeTable } from './node-table.js'

interface MembershipInit extends Pick<PeerBookInit, 'trust' | 'bootstrap' | 'limits' | 'events' | 'clock'> {
  readonly table: NodeTable
  readonly hints: HintBucket
  /** Whoever names it, it is no node for us. */
  readonly isSelf: (peerId: PeerIdString) => boolean
}

/**
 * Which nodes belong to an SP and hold one of its slots. Nodes that list, pins or configuration name are in the book; a node
 * follows its SP, rises by what it shows of itself, and loses its standing when nothing names it any more.
 */
export class Membership {
  readonly #init: MembershipInit
  readonly #configured = new Map<PeerIdString, string[]>()
  /** Pruned although list or pin tie them: out of the book until the list says something new or they show themselves. */
  readonly #aside = new Map<PeerIdString, Tie>()

  constructor(init: MembershipInit) {
    this.#init = init
    for (const { peerId, address } of init.bootstrap) {
      this.#configured.set(peerId, [...(this.#configured.get(peerId) ?? []), address])
    }
  }

  takeList(entries: readonly SpEntry[]): void {
    const { trust } = this.#init
    trust.take(entries)
    for (const [peerId, tie] of this.#aside) {
      if (!isDeepStrictEqual(tie, trust.tieOf(peerId))) this.#aside.delete(peerId)
    }
    this.refresh()
  }

  refresh(): void {
    const { table, trust, isSelf } = this.#init
    for (const [peerId, addresses] of this.#configured) {
      if (isSelf(peerId)) continue
      const node = become.configured(this.#found(peerId, 'bootstrap'))
      table.put(trust.tieOf(peerId) === undefined ? become.named(node, addresses) : node)
    }
    for (const [peerId, tie] of trust.ties()) {
      if (!this.#aside.has(peerId) && !isSelf(peerId)) this.#tie(peerId, tie)
    }
    for (const node of [...table.all()]) {
      // It came in before the host told who we are.
      if (isSelf(node.peerId)) table.forget(node)
      else if (trust.tieOf(node.peerId) === undefined) this.#untie(node)
    }
  }

  /** A node that was pruned although the list names it has shown itself. */
  recall(peerId: PeerIdString): Node | undefined {
    const tie = this.#init.trust.tieOf(peerId)
    return tie !== undefined && this.#aside.delete(peerId) ? this.#tie(peerId, tie) : undefined
  }

  /** A signature of its SP came from a peer that nothing ties to one. `false`: it is not believed, or there is no room. */
  claim(peerId: PeerIdString, sp: SpAddress): boolean {
    const { table, trust, events, isSelf } = this.#init
    if (isSelf(peerId) || trust.of(sp, peerId).tier !== 'claimed') return false
    const known = table.get(peerId)
    if (known?.sp === sp && known.standing !== 'hint') return true
    // A verified node outweighs a signature that anyone can replay: only the list moves it.
    if (known?.standing === 'verified' || !this.#takeSlot(sp, peerId, 'claimed')) return false
    const node = table.put(become.claimed(this.#found(peerId, 'inbound'), sp))
    events.added(table.record(node))
    return true
  }

  prove(node: Node): void {
    const { peerId, sp, standing, proven } = node
    if (sp === undefined || standing !== 'claimed' || proven) return
    if (this.#takeSlot(sp, peerId, 'proven')) this.#init.table.put(become.proved(node))
  }

  /** It answered a dial of ours: a node that is tied to its SP is permanent from now on. */
  verify(node: Node): void {
    const { table, events } = this.#init
    const { peerId, sp, tied, standing } = node
    if (!tied || sp === undefined || standing === 'verified' || !this.#takeSlot(sp, peerId, 'verified')) return
    events.added(table.record(table.put(become.verified(node))))
  }

  /** @param online our network is up: zombies may go too, not only nodes that the list sends away */
  prune(online: boolean): void {
    const { table, trust, limits } = this.#init
    if (!trust.listed) return
    const { keepPerSp, zombieAfterFailures } = limits
    for (const sp of table.sps()) {
      const nodes = [...table.of(sp)]
      // Most SPs are well: those with no node to lose are not looked at.
      if (!nodes.some(({ tied, failures }) => !tied || failures >= zombieAfterFailures)) continue
      const facts = nodes.map(node => ({ ...table.facts(node), configured: this.#isConfigured(node) }))
      const gone = prune(facts, trust.listing(sp), { keepPerSp, zombieAfterFailures, online })
      for (const { peerId, why } of gone) this.#prune(peerId, why)
    }
  }

  #prune(peerId: PeerIdString, why: PruneReason): void {
    const { table, trust } = this.#init
    const node = table.get(peerId)
    if (node === undefined) return
    if (why === 'zombie') {
      const tie = trust.tieOf(peerId)
      if (tie !== undefined) this.#aside.set(peerId, tie)
      table.drop(node, why)
    } else this.#unname(node, why)
  }

  /** A node of the book, or a new one; from now on it is more than a hint. */
  #found(peerId: PeerIdString, source: Node['source']): Node {
    const { table, hints, clock } = this.#init
    hints.forget(peerId)
    return table.get(peerId) ?? newNode(peerId, source, clock.now())
  }

  /** Our own configuration or an operator names it. */
  #isConfigured({ peerId, source }: Node): boolean {
    return this.#configured.has(peerId) || source === 'operator'
  }

  #tie(peerId: PeerIdString, { sp, source, addresses }: Tie): Node {
    const hasSlot = (): boolean => this.#takeSlot(sp, peerId, 'verified')
    return this.#init.table.put(become.tied(this.#found(peerId, source), sp, addresses, hasSlot))
  }

  #untie(before: Node): void {
    const { trust, table } = this.#init
    const node = table.put(become.untied(before))
    if (node.sp === undefined || !trust.listed) return
    const listing = trust.listing(node.sp)
    if (listing === 'unlisted') this.#unname(node, 'sp-left')
    else if (listing === 'open' && node.standing === 'verified') table.put(become.opened(node))
    else if (node.standing === 'hint' || (listing === 'closed' && !isPermanent(node))) this.#unname(node, 'replaced')
    // A permanent node of a closed SP stays until another node of the SP has shown itself: `prune`.
  }

  /** Nothing names the node any more but, perhaps, our own configuration. */
  #unname(node: Node, why: 'sp-left' | 'replaced'): void {
    const { table, trust } = this.#init
    // A pin outlives the listing of its SP, and the list may not know its addresses when it comes back.
    const stays = this.#isConfigured(node) || (trust.isPinned(node.peerId) && node.addresses.length > 0)
    if (stays) table.put(become.unnamed(node, this.#configured.get(node.peerId) ?? []))
    else table.drop(node, why)
  }

  /** One of the reserved slots of the SP; a node that rises may displace another. `false`: the SP is full. */
  #takeSlot(sp: SpAddress, newcomer: PeerIdString, to: Rise): boolean {
    const { table, limits, events } = this.#init
    const held = [...table.of(sp)].filter(node => node.peerId !== newcomer && node.standing !== 'hint')
    const admission = admit(
      held.map(node => table.facts(node)),
      to,
      limits
    )
    if (admission.verdict !== 'instead') return admission.verdict === 'room'
    const gone = table.get(admission.of)
    if (gone === undefined) return true
    // A node that list, pin or configuration name stays in the book, without a slot.
    if (gone.tied || this.#isConfigured(gone)) events.pruned(table.record(table.put(become.lowered(gone))), 'displaced')
    else table.drop(gone, 'displaced')
    return true
  }
}
