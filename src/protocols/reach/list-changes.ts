import type { SpRegistry, SpRegistryChange } from '../../chain/index.js'
import type { PeerIdString, SpAddress } from '../../domain/brands.js'
import { inService, type SpEntry } from '../../domain/registry.js'
import { SpApprovalError } from '../../errors.js'
import type { PeerRecord } from '../../peers/index.js'

/** What a change of the list means for nodes. */
export interface NodeChanges {
  /** Their SP has left the list, or names them no more. */
  readonly left: ReadonlyMap<PeerIdString, SpAddress>
  /** Their SP is on the list and may not serve. */
  readonly suspended: ReadonlySet<PeerIdString>
  /** Newly named, with new addresses, or of an SP that is back: to be dialled whatever their back-off says. */
  readonly news: readonly PeerIdString[]
}

/** Compares each change of the list with the entries before it: a change says only what an SP is now. */
export class ListChanges {
  readonly #entries = new Map<SpAddress, SpEntry>()

  reset(entries: readonly SpEntry[]): void {
    this.#entries.clear()
    for (const entry of entries) this.#entries.set(entry.operatorAddress, entry)
  }

  /** @param known what the directory holds, not yet changed */
  change({ added, changed, removed }: SpRegistryChange, known: () => readonly PeerRecord[]): NodeChanges {
    const left = new Map<PeerIdString, SpAddress>()
    const suspended = new Set<PeerIdString>()
    const gone = new Set(removed.map(({ operatorAddress }) => operatorAddress))
    const jailed = new Set(changed.filter(entry => !inService(entry)).map(({ operatorAddress }) => operatorAddress))
    for (const { operatorAddress: sp, nodes } of [...changed, ...removed]) {
      const before = this.#entries.get(sp)?.nodes ?? []
      const named = new Set(nodes.map(({ peerId }) => peerId))
      for (const { peerId } of [...before, ...nodes]) {
        if (gone.has(sp)) left.set(peerId, sp)
        else if (jailed.has(sp)) suspended.add(peerId)
        // An SP that names no node any more is open: those that were tied to it may go on.
        else if (named.size > 0 && !named.has(peerId)) left.set(peerId, sp)
      }
    }
    if (gone.size + jailed.size > 0) {
      for (const { peerId, sp } of known()) {
        if (sp === undefined) continue
        if (gone.has(sp)) left.set(peerId, sp)
        else if (jailed.has(sp)) suspended.add(peerId)
      }
    }
    const present = [...added, ...changed]
    const news = present.flatMap(entry => newsOf(this.#entries.get(entry.operatorAddress), entry))
    for (const sp of gone) this.#entries.delete(sp)
    for (const entry of present) this.#entries.set(entry.operatorAddress, entry)
    return { left, suspended, news }
  }
}

function newsOf(before: SpEntry | undefined, now: SpEntry): PeerIdString[] {
  const isBack = !inService(before) || (before.reachable === false && now.reachable !== false)
  const addresses = new Map(before?.nodes.map(node => [node.peerId, node.addresses.join()]))
  return now.nodes
    .filter(node => isBack || addresses.get(node.peerId) !== node.addresses.join())
    .map(({ peerId }) => peerId)
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
