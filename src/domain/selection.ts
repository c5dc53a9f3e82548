import type { PeerIdString, SpAddress } from './brands.js'
import type { Standing } from './node.js'
import type { Contact } from './quorum.js'

/** A node that could be asked. */
export interface Candidate extends Contact {
  /** Round trip in ms, where one was measured. */
  readonly rttMs: number | undefined
  readonly connected: boolean
  readonly standing: Standing
  readonly proven: boolean
  /** Interactions in a row that failed by its own fault. */
  readonly failures: number
}

/** One SP of an ask, or one node whose SP is not known yet. */
export interface Target {
  readonly sp: SpAddress | undefined
  /** At least one: the first to ask, then its siblings in the order in which they are asked when it stays silent. */
  readonly nodes: readonly Candidate[]
  /** Asked beside the first, never instead of it: a node that was silent and may have recovered. */
  readonly probe: Candidate | undefined
}

export interface SelectionFacts {
  readonly self: { readonly sp: SpAddress; readonly peerId: PeerIdString }
  /** It kept one of the last asks waiting. */
  readonly isStraggler: (peerId: PeerIdString) => boolean
  /** Stragglers that are due for another try. */
  readonly probes: ReadonlySet<PeerIdString>
  /** Failures in a row that make a zombie. */
  readonly zombieAfter: number
  /** Number of this ask: each begins with another SP, so that none is always asked first. */
  readonly turn: number
}

/** Nodes of one SP that an ask goes to, one after another; its probe not counted. */
export const MAX_NODES_PER_SP_AND_ASK = 3

/** A node and the place that comes of what counts first, see {@link placeOf}: the lower, the sooner it is asked. */
interface Ranked {
  readonly node: Candidate
  readonly place: number
}

/** The best nodes of one SP among those considered so far. */
interface Ranking {
  readonly sp: SpAddress
  /** Best first; one more than are asked, since one of them may be the probe. */
  readonly best: Ranked[]
  /** One of them is connected, or at least no zombie. */
  lives: boolean
  probe: Ranked | undefined
}

/**
 * Strategy `all`: every listed SP has the same chance; one node per SP first, its siblings behind it. Nodes whose SP is
 * unknown are asked too: an open 0.0.1 network starts that way.
 *
 * Goes through the nodes once and sorts none of them: it runs with every ask, over a book of tens of thousands.
 */
export function selectAll(candidates: Iterable<Candidate>, facts: SelectionFacts): Target[] {
  const { self, turn } = facts
  const rankings = new Map<SpAddress, Ranking>()
  const unknown: Target[] = []
  let ranking: Ranking | undefined
  for (const candidate of candidates) {
    const { peerId, sp } = candidate
    if (peerId === self.peerId || sp === self.sp) continue
    if (sp === undefined) {
      unknown.push({ sp, nodes: [candidate], probe: undefined })
      continue
    }
    // The book gives its nodes SP by SP: most belong where the last one did.
    if (ranking?.sp !== sp) {
      ranking = rankings.get(sp) ?? { sp, best: [], lives: false, probe: undefined }
      if (ranking.best.length === 0) rankings.set(sp, ranking)
    }
    consider(ranking, candidate, facts)
  }
  const targets = [...rankings.values()].map(one => targetOf(one, facts))
  const start = targets.length === 0 ? 0 : turn % targets.length
  return [...targets.slice(start), ...targets.slice(0, start), ...unknown]
}

function consider(ranking: Ranking, node: Candidate, { zombieAfter, probes, isStraggler }: SelectionFacts): void {
  const { connected, failures, peerId } = node
  // A zombie that is not connected is asked only where the SP has no other node.
  const lives = connected || failures < zombieAfter
  if (!lives && ranking.lives) return
  if (lives && !ranking.lives) ranking.best.length = 0
  ranking.lives = lives
  const isProbe = connected && probes.size > 0 && probes.has(peerId)
  const last = ranking.best[MAX_NODES_PER_SP_AND_ASK]
  const atBest = { node, place: placeOf(node) }
  // Most nodes end here, before any look-up.
  if (last !== undefined && !isProbe && compare(atBest, last) >= 0) return
  const ranked = isStraggler(peerId) ? { node, place: atBest.place + STRAGGLING } : atBest
  if (isProbe && (ranking.probe === undefined || compare(ranked, ranking.probe) < 0)) ranking.probe = ranked
  insert(ranking.best, ranked)
}

/** Puts a node behind its equals; of too many the last is dropped. */
function insert(best: Ranked[], ranked: Ranked): void {
  let at = best.length
  for (; at > 0; at--) {
    const before = best[at - 1]
    if (before === undefined || compare(before, ranked) <= 0) break
    if (at <= MAX_NODES_PER_SP_AND_ASK) best[at] = before
  }
  if (at <= MAX_NODES_PER_SP_AND_ASK) best[at] = ranked
}

function targetOf({ sp, best, probe: silent }: Ranking, { isStraggler }: SelectionFacts): Target {
  const [first] = best
  const probe = first === undefined || isStraggler(first.node.peerId) ? undefined : silent?.node
  const nodes = best.map(({ node }) => node)
  return { sp, nodes: nodes.filter(node => node !== probe).slice(0, MAX_NODES_PER_SP_AND_ASK), probe }
}

const STRAGGLING = 1
const AWAY = 2
const CLAIMED = 8
const PROVEN = 4

/** What a node has shown of itself comes first, then whether it is connected, then whether it is a straggler. */
function placeOf({ standing, proven, connected }: Candidate): number {
  // Verified before proven before claimed. A hint that has an SP is tied to it by list or pin, and not yet dialled.
  const trust = standing !== 'claimed' ? 0 : proven ? PROVEN : CLAIMED
  return connected ? trust : trust + AWAY
}

/** Below 0: `a` is asked sooner. */
function compare(a: Ranked, b: Ranked): number {
  return (
    a.place - b.place ||
    a.node.failures - b.node.failures ||
    Number(a.node.standing === 'hint') - Number(b.node.standing === 'hint') ||
    roundTrip(a.node) - roundTrip(b.node)
  )
}

/** Greater than any that is measured; two unknown ones must not differ by NaN. */
const roundTrip = ({ rttMs }: Candidate): number => rttMs ?? Number.MAX_VALUE
