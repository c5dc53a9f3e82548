import type { PeerIdString } from './brands.js'
import { isZombie, type NodeFacts } from './node.js'
import { MAX_CLAIMED_PER_SP, type PeerLimits } from './peer-limits.js'

export type Admission =
  | { readonly verdict: 'room' }
  | { readonly verdict: 'instead'; readonly of: PeerIdString }
  | { readonly verdict: 'full' }

/**
 * Whether an SP has a slot for a node that shows itself claimed or verified; the slots of other SPs are never looked at.
 * A verified node takes the slot of one that shows less: a claimed one, a zombie, a failing one. A claimed node takes that
 * of a claimed one that is neither proven nor connected. Nobody takes the slot of a healthy verified node. Hints need none.
 *
 * @param held the SP's claimed and verified nodes
 */
export function admit(
  held: readonly NodeFacts[],
  newcomer: 'claimed' | 'verified',
  { maxPerSp, zombieAfterFailures }: Pick<PeerLimits, 'maxPerSp' | 'zombieAfterFailures'>
): Admission {
  if (newcomer === 'claimed') {
    const claimed = held.filter(node => node.standing === 'claimed' && !node.proven)
    if (claimed.length < MAX_CLAIMED_PER_SP && held.length < maxPerSp) return { verdict: 'room' }
    const gone = claimed.find(node => !node.connected)
    return gone === undefined ? { verdict: 'full' } : { verdict: 'instead', of: gone.peerId }
  }
  if (held.length < maxPerSp) return { verdict: 'room' }
  const [least] = [...held].sort((a, b) => worth(a, zombieAfterFailures) - worth(b, zombieAfterFailures))
  if (least === undefined || worth(least, zombieAfterFailures) >= HEALTHY) return { verdict: 'full' }
  return { verdict: 'instead', of: least.peerId }
}

const HEALTHY = 5

function worth(node: NodeFacts, zombieAfter: number): number {
  if (node.standing === 'claimed') return node.proven ? 1 : 0
  if (!node.tied) return 2
  if (isZombie(node, zombieAfter)) return 3
  return node.failures > 0 ? 4 : HEALTHY
}
