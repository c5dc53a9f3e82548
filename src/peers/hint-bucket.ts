import type { PeerIdString } from '../domain/brands.js'
import { HINT_TRIES, MAX_HINTS } from '../domain/peer-limits.js'

/** Which nodes are only hints, and from which teller; bounded in all and per teller, so that no teller fills it. */
export class HintBucket {
  readonly #hints = new Map<PeerIdString, { readonly teller: string; tries: number }>()
  readonly #perTeller = new Map<string, number>()

  get size(): number {
    return this.#hints.size
  }

  has(peerId: PeerIdString): boolean {
    return this.#hints.has(peerId)
  }

  /**
   * A full bucket takes a hint of a new teller instead of the oldest of the teller that told the most.
   * @param most hints this teller may have in the bucket
   */
  add(peerId: PeerIdString, teller: string, most: number): { added: boolean; displaced?: PeerIdString } {
    if (this.#hints.has(peerId)) return { added: false }
    const told = this.#perTeller.get(teller) ?? 0
    if (told >= most) return { added: false }
    const displaced = this.#hints.size < MAX_HINTS ? undefined : this.#oldestOfTheMost(told)
    if (this.#hints.size >= MAX_HINTS && displaced === undefined) return { added: false }
    if (displaced !== undefined) this.forget(displaced)
    this.#hints.set(peerId, { teller, tries: 0 })
    this.#perTeller.set(teller, told + 1)
    return { added: true, ...(displaced !== undefined && { displaced }) }
  }

  /**
   * The node was dialled `times` more and has not shown which SP it belongs to. `true`: that was its last try, and it is no
   * hint any more. Always `false` for a node that was no hint.
   */
  tried(peerId: PeerIdString, times = 1): boolean {
    const hint = this.#hints.get(peerId)
    if (hint === undefined) return false
    hint.tries += times
    if (hint.tries < HINT_TRIES) return false
    this.forget(peerId)
    return true
  }

  forget(peerId: PeerIdString): void {
    const hint = this.#hints.get(peerId)
    if (hint === undefined) return
    this.#hints.delete(peerId)
    const left = (this.#perTeller.get(hint.teller) ?? 1) - 1
    if (left === 0) this.#perTeller.delete(hint.teller)
    else this.#perTeller.set(hint.teller, left)
  }

  #oldestOfTheMost(told: number): PeerIdString | undefined {
    let most = { teller: '', count: told + 1 }
    for (const [teller, count] of this.#perTeller) if (count > most.count) most = { teller, count }
    for (const [peerId, { teller }] of this.#hints) if (teller === most.teller) return peerId
    return undefined
  }
}
