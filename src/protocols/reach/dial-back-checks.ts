import { retryDelayMs } from '../../domain/backoff.js'
import type { PeerIdString, SpAddress } from '../../domain/brands.js'
import { BoundedMap } from '../../kit/bounded-map.js'
import type { PeerRecord } from '../../peers/index.js'

const REMEMBERED = 8_192
/** Who dialled us may be dialled by us in the same moment; a node that is needed is proven soon, others when it is calm. */
const NEEDED_MS = 3_000
const CALM_MS = 15_000

interface Tried {
  readonly addresses: string
  readonly failures: number
  readonly dueAt: number
}

/**
 * Which connected nodes are to be dialled all the same: who only dialled us has not shown that its addresses are good. Once
 * per node and set of addresses, and again with long pauses where that failed. Time is monotonic ms.
 */
export class DialBackChecks {
  readonly #tried = new BoundedMap<PeerIdString, Tried>(REMEMBERED)
  readonly #random: () => number

  constructor(random: () => number) {
    this.#random = random
  }

  /** Nodes to prove: those of an SP without any proven node, and others, which can wait. */
  wanted(
    records: readonly PeerRecord[],
    init: { readonly now: number; readonly connectedAt: (peerId: PeerIdString) => number | undefined }
  ): { readonly needed: readonly PeerRecord[]; readonly others: readonly PeerRecord[]; readonly nextAt: number } {
    const proven = new Set<SpAddress>()
    // Who fails, or is named no more, covers its SP no longer.
    for (const { sp, state, tied } of records) if (sp !== undefined && tied && state === 'verified') proven.add(sp)
    const needed: PeerRecord[] = []
    const others: PeerRecord[] = []
    let nextAt = Number.POSITIVE_INFINITY
    for (const record of records) {
      const { peerId, sp, standing, tied, connected, addresses } = record
      if (!connected || !tied || sp === undefined || standing === 'verified' || addresses.length === 0) continue
      const isNeeded = !proven.has(sp)
      // Since when it is connected may be forgotten; it must not wait for ever then.
      const from = (init.connectedAt(peerId) ?? 0) + (isNeeded ? NEEDED_MS : CALM_MS)
      const at = Math.max(from, this.#dueAt(record))
      if (at > init.now) nextAt = Math.min(nextAt, at)
      else if (isNeeded) needed.push(record)
      else others.push(record)
    }
    return { needed, others, nextAt }
  }

  tried(record: PeerRecord, ok: boolean, now: number): void {
    const addresses = keyOf(record)
    const before = this.#tried.peek(record.peerId)
    const failures = ok ? 0 : (before?.addresses === addresses ? before.failures : 0) + 1
    const dueAt = ok ? Number.POSITIVE_INFINITY : now + retryDelayMs(failures, 1, this.#random())
    this.#tried.set(record.peerId, { addresses, failures, dueAt })
  }

  clear(): void {
    this.#tried.clear()
  }

  #dueAt(record: PeerRecord): number {
    const tried = this.#tried.peek(record.peerId)
    return tried === undefined || tried.addresses !== keyOf(record) ? 0 : tried.dueAt
  }
}

/** Which came first last time does not matter. */
const keyOf = ({ addresses }: PeerRecord): string =>
  addresses
    .map(({ address }) => address)
    .sort()
    .join()
