import type { Node } from './node.js'

/**
 * As what a peer takes room of ours: connections, places for messages, bytes. *Tied*: list, pins or configuration name it,
 * or it has brought an approval of a fresh ask of ours. *Claimed*: it brought a message of a listed SP, which anyone may
 * replay. What untied peers have is bounded, so that tied ones find room whatever those do.
 */
export type GuestTier = 'tied' | 'claimed' | 'stranger'

/** @param node the peer in our book @param hasClaimed it brought a message of a listed SP over a connection that stands */
export function guestTier(
  node: Pick<Node, 'tied' | 'proven' | 'source' | 'standing'> | undefined,
  hasClaimed: boolean
): GuestTier {
  if (node?.tied || node?.proven || node?.source === 'bootstrap' || node?.source === 'operator') return 'tied'
  return hasClaimed || node?.standing === 'claimed' ? 'claimed' : 'stranger'
}

/** A connection that a peer opened to us. */
export interface Guest {
  /** Whose share of the room it takes: the address of a stranger, the SP of a claimed peer. */
  readonly group: string
  /** Monotonic ms when it was opened, or a claimed peer was last heard. */
  readonly at: number
}

/**
 * Which of these gives way to one more of `group` where there is no room: the oldest of the largest group, none where that
 * is no larger than the newcomer's own. So a crowd of one address or one SP makes room for others, never the reverse.
 */
export function givesWay<G extends Guest>(guests: readonly G[], group: string): G | undefined {
  const sizes = new Map<string, number>()
  for (const guest of guests) sizes.set(guest.group, (sizes.get(guest.group) ?? 0) + 1)
  const largest = Math.max(...sizes.values())
  if ((sizes.get(group) ?? 0) >= largest) return undefined
  const [first, ...others] = guests.filter(guest => sizes.get(guest.group) === largest)
  return others.reduce((oldest, guest) => (oldest !== undefined && guest.at < oldest.at ? guest : oldest), first)
}
