import type { PeerIdString } from '../domain/brands.js'
import { MAX_HINTS, MAX_HINTS_PER_SOURCE } from '../domain/peer-limits.js'

/** Failed dials after which something only heard of is forgotten. */
const TRIES = 3

/** Which nodes are only heard of, from whom: bounded in all and per source, so that no teller fills it. */
export class HintBucket {
  readonly #hints = new Map<PeerIdString, { readonly from: PeerIdString | 'dht'; failures: number }>()
  readonly #perSource = new Map<PeerIdString | 'dht', number>()

  get size(): number {
    return this.#hints.size
  }

  /** A full bucket takes a hint of a new source instead of the oldest of the source that told the most. */
  take(peerId: PeerIdString, from: PeerIdString | 'dht'): { taken: boolean; displaced?: PeerIdString } {
    if (this.#hints.has(peerId)) return { taken: false }
    const told = this.#perSource.get(from) ?? 0
    if (told >= MAX_HINTS_PER_SOURCE) return { taken: false }
    const displaced = this.#hints.size < MAX_HINTS ? undefined : this.#oldestOfTheMost(told)
    if (this.#hints.size >= MAX_HINTS && displaced === undefined) return { taken: false }
    if (displaced !== undefined) this.forget(displaced)
    this.#hints.set(peerId, { from, failures: 0 })
    this.#perSource.set(from, told + 1)
    return { taken: true, ...(displaced !== undefined && { displaced }) }
  }

  /** `true`: it failed often enough to be forgotten. Nodes that were not hinted never are. */
  failed(peerId: PeerIdString): boolean {
    const hint = this.#hints.get(peerId)
    if (hint === undefined || ++hint.failures < TRIES) return false
    this.forget(peerId)
    return true
  }

  forget(peerId: PeerIdString): void {
    const hint = this.#hints.get(peerId)
    if (hint === undefined) return
    this.#hints.delete(peerId)
    const left = (this.#perSource.get(hint.from) ?? 1) - 1
    if (left === 0) this.#perSource.delete(hint.from)
    else this.#perSource.set(hint.from, left)
  }

  #oldestOfTheMost(told: number): PeerIdString | undefined {
    const [source, most] = [...this.#perSource].reduce((a, b) => (b[1] > a[1] ? b : a), ['dht', 0])
    if (most <= told + 1) return undefined
    for (const [peerId, { from }] of this.#hints) if (from === source) return peerId
    return undefined
  }
}
