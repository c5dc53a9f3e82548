import type { PeerIdString, SpAddress } from './brands.js'
import { isZombie, type NodeFacts } from './node.js'

/** A node with what the next dial depends on. */
export interface DialFacts extends NodeFacts {
  /** It has an address, and no dial of it is under way. */
  readonly dialable: boolean
  /** Monotonic ms before which it is left alone. */
  readonly dueAt: number
}

export interface DialPlanInit {
  /** SPs that are to be reached: listed, in service, not ours. */
  readonly sought: readonly SpAddress[]
  /** Nodes of each SP that a connection is wanted to. */
  readonly targetPerSp: number
  readonly zombieAfter: number
  /** Monotonic ms. */
  readonly now: number
}

/**
 * Whom to dial next, best first. Every SP gets its first node before any gets its second; within an SP healthy nodes come
 * before failing ones, zombies last, and who has waited longest first. Hints of an unknown SP are tried while an SP is
 * below its target.
 */
export function dialPlan(nodes: readonly DialFacts[], init: DialPlanInit): readonly PeerIdString[] {
  const { sought, targetPerSp, zombieAfter, now } = init
  const bySp = new Map<SpAddress, DialFacts[]>(sought.map(sp => [sp, []]))
  const unknown: DialFacts[] = []
  for (const node of nodes) {
    if (node.sp === undefined) unknown.push(node)
    else bySp.get(node.sp)?.push(node)
  }
  const due = (node: DialFacts): boolean => !node.connected && node.dialable && node.dueAt <= now
  const rank = (node: DialFacts): number => (isZombie(node, zombieAfter) ? 2 : node.failures > 0 ? 1 : 0)
  const byRank = (a: DialFacts, b: DialFacts): number => rank(a) - rank(b) || a.dueAt - b.dueAt

  const rounds: DialFacts[][] = []
  let below = false
  for (const siblings of bySp.values()) {
    const connected = siblings.filter(node => node.connected).length
    if (connected < targetPerSp) below = true
    const next = siblings
      .filter(due)
      .sort(byRank)
      .slice(0, Math.max(0, targetPerSp - connected))
    next.forEach((node, index) => {
      const round = connected + index
      rounds[round] = [...(rounds[round] ?? []), node]
    })
  }
  const plan = rounds.filter(round => round !== undefined).flatMap(round => round.sort(byRank))
  const hints = below ? unknown.filter(due).sort(byRank) : []
  return [...plan, ...hints].map(({ peerId }) => peerId)
}
