import type { PeerIdString, SpAddress } from './brands.js'
import { isZombie, type NodeFacts } from './node.js'

export interface PruneRules {
  /** An SP keeps more backups than this before one of its zombies may go. */
  readonly keepPerSp: number
  /** Failed interactions in a row that make a zombie. */
  readonly zombieAfterFailures: number
}

/**
 * `zombie`: failed several interactions, and its SP has enough others. `replaced`: its SP's registry entry names it no
 * more, and another node of the SP is verified. `sp-left`: its SP is no longer listed.
 */
export type PruneReason = 'zombie' | 'replaced' | 'sp-left'

export interface Pruned {
  readonly peerId: PeerIdString
  readonly sp: SpAddress
  readonly why: PruneReason
}

/** How the list stands to an SP. *Closed*: its entry or a pin names peer ids, so that no other may speak for it. */
export type Listing = 'closed' | 'open' | 'unlisted'

/**
 * Which nodes go, and why. A zombie is pruned only if its SP keeps more than `keepPerSp` backups: its other claimed or
 * verified nodes that are not zombies. A healthy node is never pruned, nor the last known one of a listed SP. Not to be
 * asked while our own network is down: see `ownOutage`.
 */
export function prune(
  nodes: readonly NodeFacts[],
  listing: (sp: SpAddress) => Listing,
  rules: PruneRules
): readonly Pruned[] {
  const bySp = new Map<SpAddress, NodeFacts[]>()
  for (const node of nodes) {
    if (node.sp === undefined) continue
    const siblings = bySp.get(node.sp)
    if (siblings === undefined) bySp.set(node.sp, [node])
    else siblings.push(node)
  }
  const gone: Pruned[] = []
  for (const [sp, siblings] of bySp) {
    const listed = listing(sp)
    for (const { peerId, why } of pruneSp(siblings, listed, rules)) gone.push({ peerId, sp, why })
  }
  return gone
}

function pruneSp(
  nodes: readonly NodeFacts[],
  listed: Listing,
  { keepPerSp, zombieAfterFailures }: PruneRules
): readonly Omit<Pruned, 'sp'>[] {
  if (listed === 'unlisted') return nodes.map(({ peerId }) => ({ peerId, why: 'sp-left' }))
  const backup = (node: NodeFacts): boolean => node.standing !== 'hint' && !isZombie(node, zombieAfterFailures)
  const verified = nodes.some(node => node.tied && node.standing === 'verified')
  const backups = nodes.filter(backup).length
  return nodes.flatMap((node): Omit<Pruned, 'sp'>[] => {
    // Who may no longer speak for its SP is no backup; it stays only until another has shown itself.
    if (listed === 'closed' && !node.tied) return verified ? [{ peerId: node.peerId, why: 'replaced' }] : []
    const zombie = isZombie(node, zombieAfterFailures)
    return zombie && backups > keepPerSp ? [{ peerId: node.peerId, why: 'zombie' }] : []
  })
}
