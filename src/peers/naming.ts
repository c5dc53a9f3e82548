import { isDeepStrictEqual } from 'node:util'
import type { PeerIdString, SpAddress } from '../domain/brands.js'
import { isPermanent } from '../domain/node.js'
import type { SpEntry } from '../domain/registry.js'
import type { ListTrust, Tie } from '../trust/list-trust.js'
import { afterListing } from './addresses.js'
import type { HintBucket } from './hint-bucket.js'
import { isKept, type Node } from './node.js'
import type { NodeTable } from './node-table.js'
import type { Slots } from './slots.js'

export interface NamingInit {
  readonly table: NodeTable
  readonly trust: ListTrust
  readonly hints: HintBucket
  readonly bootstrap: readonly { readonly peerId: PeerIdString; readonly address: string }[]
  readonly slots: Slots
}

/**
 * Whom list, pins and configuration name. Those nodes stand in the book, with what is known of them; a node follows its
 * SP; who is named no more loses what that gave.
 */
export class Naming {
  readonly #init: NamingInit
  readonly #configured = new Map<PeerIdString, string[]>()
  /** Pruned although list or pin ties them: out of the book until the list says something new or they show themselves. */
  readonly #aside = new Map<PeerIdString, Tie>()

  constructor(init: NamingInit) {
    this.#init = init
    for (const { peerId, address } of init.bootstrap) {
      this.#configured.set(peerId, [...(this.#configured.get(peerId) ?? []), address])
    }
  }

  /** Our own configuration or operator names it. */
  isConfigured(node: Node): boolean {
    return this.#configured.has(node.peerId) || node.source === 'operator'
  }

  take(entries: readonly SpEntry[]): void {
    const { trust } = this.#init
    trust.take(entries)
    for (const [peerId, tie] of this.#aside) {
      if (!isDeepStrictEqual(tie, trust.tieOf(peerId))) this.#aside.delete(peerId)
    }
    this.refresh()
  }

  refresh(): void {
    const { table, trust } = this.#init
    for (const peerId of this.#configured.keys()) this.#configure(peerId)
    for (const [peerId, tie] of trust.ties()) if (!this.#aside.has(peerId)) this.#tie(peerId, tie)
    for (const node of [...table.all()]) if (trust.tieOf(node.peerId) === undefined) this.#untie(node)
  }

  setAside(peerId: PeerIdString): void {
    const tie = this.#init.trust.tieOf(peerId)
    if (tie !== undefined) this.#aside.set(peerId, tie)
  }

  /** A node that was pruned although the list names it has shown itself. */
  recall(peerId: PeerIdString): Node | undefined {
    const { trust, table } = this.#init
    const tie = trust.tieOf(peerId)
    if (tie === undefined || !this.#aside.delete(peerId)) return undefined
    this.#tie(peerId, tie)
    return table.get(peerId)
  }

  /** Nothing speaks for the node any more but, perhaps, our own configuration. */
  unname(node: Node, why: 'sp-left' | 'replaced'): void {
    const { table, trust } = this.#init
    // A pin outlives the listing of its SP, and the list may not know its addresses when it comes back.
    const stays = this.isConfigured(node) || (trust.isPinned(node.peerId) && node.addresses.length > 0)
    if (!stays) {
      table.drop(node, why)
      return
    }
    const wasKept = isKept(node)
    if (node.sp !== undefined) table.move(node, undefined)
    node.standing = 'hint'
    node.proven = false
    node.failures = 0
    this.#name(node, this.#configured.get(node.peerId) ?? [])
    table.changed(node, wasKept)
  }

  #configure(peerId: PeerIdString): void {
    const { table, trust, hints } = this.#init
    const node = table.get(peerId) ?? table.add(peerId, 'bootstrap')
    hints.forget(peerId)
    if (node.source !== 'operator') node.source = 'bootstrap'
    if (trust.tieOf(peerId) === undefined) this.#name(node, this.#configured.get(peerId) ?? [])
  }

  #name(node: Node, addresses: readonly string[]): void {
    if (addresses.length === 0 || isSame(addresses, node.named)) return
    node.addresses = afterListing(node.addresses, addresses, node.named)
    node.named = addresses
  }

  #tie(peerId: PeerIdString, { sp, source, addresses }: Tie): void {
    const { table, hints } = this.#init
    const node = table.get(peerId) ?? table.add(peerId, source)
    const wasKept = isKept(node)
    hints.forget(peerId)
    this.#name(node, addresses)
    if (node.sp !== sp) this.#follow(node, sp)
    node.tied = true
    table.changed(node, wasKept)
  }

  /** A verified node has shown itself, and its peer id is what ties it: it goes over, if its new SP has a slot. */
  #follow(node: Node, sp: SpAddress): void {
    const { table, slots } = this.#init
    node.proven = false
    if (node.standing !== 'verified' || !slots.take(sp, node.peerId, 'verified')) node.standing = 'hint'
    table.move(node, sp)
  }

  #untie(node: Node): void {
    const { trust, table } = this.#init
    node.tied = false
    if (node.sp === undefined || !trust.listed) return
    const listing = trust.listing(node.sp)
    if (listing === 'unlisted') this.unname(node, 'sp-left')
    else if (listing === 'open' && node.standing === 'verified') {
      // It has shown more than one that brought an approval, but nothing ties it any more.
      node.standing = 'claimed'
      node.proven = true
      table.changed(node)
    } else if (node.standing === 'hint' || (listing === 'closed' && !isPermanent(node))) {
      this.unname(node, 'replaced')
    }
    // A permanent node of a closed SP stays until another node of the SP has shown itself: `prune`.
  }
}

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((text, index) => text === b[index])
