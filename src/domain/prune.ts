import type { PeerIdString } from './brands.js'
import { isPermanent, isZombie, type NodeFacts } from './node.js'
import type { Listing } from './registry.js'

export interface PruneRules {
  /** An SP keeps more backups than this before one of its zombies may go. */
  readonly keepPerSp: number
  /** Failed interactions in a row that make a zombie. */
  readonly zombieAfterFailures: number
  /** A node answered us in the last period; otherwise silence may be our own outage. */
  readonly online: boolean
}

export interface PruneFacts extends NodeFacts {
  /** Our configuration or an operator names the node: it may lose its SP, but is not pruned as a zombie. */
  readonly configured: boolean
}

/**
 * `zombie`: failed several interactions, and its SP has enough others. `replaced`: its SP's registry entry names it no
 * more, and another node of the SP is verified. `sp-left`: its SP is no longer listed.
 */
export type PruneReason = 'zombie' | 'replaced' | 'sp-left'

export interface Pruned {
  readonly peerId: PeerIdString
  readonly why: PruneReason
}

/**
 * Which nodes of one SP go, and why. A node is pruned only if its SP keeps enough backups (more than `keepPerSp` others,
 * claimed or verified, that are not zombies) and it failed several interactions. A healthy node is never pruned, nor the
 * last known one of a listed SP, nor any while our own network is down.
 *
 * Apart from that the list decides: nodes of an SP that left the list go, and so does a node that its SP's entry no longer
 * names, once a node that it does name is verified.
 */
export function prune(
  nodes: readonly PruneFacts[],
  listed: Listing,
  { keepPerSp, zombieAfterFailures, online }: PruneRules
): readonly Pruned[] {
  if (listed === 'unlisted') return nodes.map(({ peerId }) => ({ peerId, why: 'sp-left' }))
  // A node that may no longer speak for its SP is no backup; it stays only until another node of the SP is verified.
  const may = (node: PruneFacts): boolean => listed === 'open' || node.tied
  const isBackup = (node: PruneFacts): boolean =>
    may(node) && node.standing !== 'hint' && !isZombie(node, zombieAfterFailures)
  const verified = nodes.some(node => may(node) && node.standing === 'verified')
  const backups = nodes.filter(isBackup)
  // Claims cost nothing to make: however many there are, they do not replace the last permanent node.
  const standsIn = backups.some(isPermanent)
  return nodes.flatMap((node): Pruned[] => {
    if (!may(node)) return verified || !isPermanent(node) ? [{ peerId: node.peerId, why: 'replaced' }] : []
    const failed = isZombie(node, zombieAfterFailures) && !node.configured
    const enough = backups.length > keepPerSp && (standsIn || !isPermanent(node))
    return online && failed && enough ? [{ peerId: node.peerId, why: 'zombie' }] : []
  })
}
