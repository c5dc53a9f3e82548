import type { PeerIdString } from './brands.js'
import { isPermanent, isZombie, type NodeFacts } from './node.js'
import { MAX_CLAIMED_PER_SP, type PeerLimits } from './peer-limits.js'

export type Admission =
  | { readonly verdict: 'room' }
  | { readonly verdict: 'instead'; readonly of: PeerIdString }
  | { readonly verdict: 'full' }

/** What a node becomes. *Proven*: a claimed node that brought a valid approval of an ask of ours. */
export type Rise = 'claimed' | 'proven' | 'verified'

type AdmissionLimits = Pick<PeerLimits, 'maxPerSp' | 'zombieAfterFailures'>

/**
 * Whether an SP has a slot for a node that rises; the slots of other SPs are never looked at. Nobody takes the slot of a
 * healthy verified node, and no unverified node that of a verified one, healthy or not. Hints need no slot.
 *
 * @param held the SP's other claimed and verified nodes
 */
export function admit(held: readonly NodeFacts[], to: Rise, limits: AdmissionLimits): Admission {
  if (to === 'verified') return admitVerified(held, limits)
  return to === 'proven' ? admitProven(held, limits) : admitClaimed(held, limits)
}

/** Displaces, in this order: a claimed node, a proven one, one its SP no longer names, a zombie, a failing one. */
function admitVerified(held: readonly NodeFacts[], { maxPerSp, zombieAfterFailures }: AdmissionLimits): Admission {
  if (held.length < maxPerSp) return { verdict: 'room' }
  const least = lowest(held, node => worth(node, zombieAfterFailures))
  return least !== undefined && worth(least, zombieAfterFailures) < HEALTHY ? instead(least) : { verdict: 'full' }
}

/** Proven nodes never fill all slots: any peer that passes our asks on can become one, and a new node of the SP must get in. */
function admitProven(held: readonly NodeFacts[], { maxPerSp, zombieAfterFailures }: AdmissionLimits): Admission {
  const room = maxPerSp - Math.min(MAX_CLAIMED_PER_SP, Math.floor(maxPerSp / 2))
  if (held.filter(isPermanent).length < room) return { verdict: 'room' }
  return instead(worst(held.filter(node => isGone(node, zombieAfterFailures))))
}

/** At most four at a time. Displaces a claimed node that is not connected, or else a proven zombie that is not. */
function admitClaimed(held: readonly NodeFacts[], { maxPerSp, zombieAfterFailures }: AdmissionLimits): Admission {
  const claimed = held.filter(node => node.standing === 'claimed' && !node.proven)
  const mayBeMore = claimed.length < MAX_CLAIMED_PER_SP
  if (mayBeMore && held.length < maxPerSp) return { verdict: 'room' }
  const away = worst(claimed.filter(node => !node.connected))
  if (away !== undefined || !mayBeMore) return instead(away)
  return instead(worst(held.filter(node => isGone(node, zombieAfterFailures))))
}

const isGone = (node: NodeFacts, zombieAfter: number): boolean =>
  node.standing === 'claimed' && node.proven && !node.connected && isZombie(node, zombieAfter)

const HEALTHY = 5

function worth(node: NodeFacts, zombieAfter: number): number {
  if (node.standing === 'claimed') return node.proven ? 1 : 0
  if (!node.tied) return 2
  if (isZombie(node, zombieAfter)) return 3
  return node.failures > 0 ? 4 : HEALTHY
}

const worst = (nodes: readonly NodeFacts[]): NodeFacts | undefined => lowest(nodes, () => 0)

/** The node of the lowest rank; of equals one that is not connected, then the one that failed most often. */
function lowest(nodes: readonly NodeFacts[], rank: (node: NodeFacts) => number): NodeFacts | undefined {
  const before = (a: NodeFacts, b: NodeFacts): boolean =>
    (rank(a) - rank(b) || Number(a.connected) - Number(b.connected) || b.failures - a.failures) < 0
  return nodes.reduce<NodeFacts | undefined>(
    (low, node) => (low === undefined || before(node, low) ? node : low),
    undefined
  )
}

const instead = (of: NodeFacts | undefined): Admission =>
  of === undefined ? { verdict: 'full' } : { verdict: 'instead', of: of.peerId }
