import type { SpRegistry, SpRegistryChange } from '../../chain/index.js'
import type { PeerIdString, SpAddress } from '../../domain/brands.js'
import { inService, type SpEntry } from '../../domain/registry.js'
import { SpApprovalError } from '../../errors.js'
import type { PeerRecord } from '../../peers/index.js'

/** Whom a change of the list lets go, and from which SP. */
export interface Departures {
  /** Their SP has left the list, or names them no more. */
  readonly left: ReadonlyMap<PeerIdString, SpAddress>
  /** Their SP is on the list and may not serve. */
  readonly suspended: ReadonlySet<PeerIdString>
}

/** Follows the list to find whom a change lets go: a change itself tells only how an SP is now. */
export class Departing {
  readonly #nodes = new Map<SpAddress, readonly PeerIdString[]>()

  take(entries: readonly SpEntry[]): void {
    this.#nodes.clear()
    for (const entry of entries) this.#put(entry)
  }

  /** @param known what the directory holds, not yet changed */
  change({ added, changed, removed }: SpRegistryChange, known: () => readonly PeerRecord[]): Departures {
    const left = new Map<PeerIdString, SpAddress>()
    const suspended = new Set<PeerIdString>()
    const removedSps = new Set(removed.map(entry => entry.operatorAddress))
    const jailedSps = new Set(changed.filter(entry => !inService(entry)).map(entry => entry.operatorAddress))
    for (const { operatorAddress: sp, nodes } of [...changed, ...removed]) {
      const now = new Set(nodes.map(({ peerId }) => peerId))
      for (const peerId of [...(this.#nodes.get(sp) ?? []), ...now]) {
        if (removedSps.has(sp)) left.set(peerId, sp)
        else if (jailedSps.has(sp)) suspended.add(peerId)
        // An SP that names no node any more is open: those that were tied to it may go on.
        else if (now.size > 0 && !now.has(peerId)) left.set(peerId, sp)
      }
    }
    if (removedSps.size + jailedSps.size > 0) {
      for (const { peerId, sp } of known()) {
        if (sp === undefined) continue
        if (removedSps.has(sp)) left.set(peerId, sp)
        else if (jailedSps.has(sp)) suspended.add(peerId)
      }
    }
    for (const sp of removedSps) this.#nodes.delete(sp)
    for (const entry of [...added, ...changed]) this.#put(entry)
    return { left, suspended }
  }

  #put({ operatorAddress, nodes }: SpEntry): void {
    const peerIds = nodes.map(({ peerId }) => peerId)
    this.#nodes.set(operatorAddress, peerIds)
  }
}

/** The list, or nothing while none is trusted. */
export function listed(registry: SpRegistry): readonly SpEntry[] | undefined {
  try {
    return registry.list()
  } catch (error) {
    if (error instanceof SpApprovalError) return undefined
    throw error
  }
}
