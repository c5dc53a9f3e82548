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
  readonly isLagging: (peerId: PeerIdString) => boolean
  /** Lagging nodes that it is time to try again. */
  readonly probes: ReadonlySet<PeerIdString>
  /** Failures in a row that make a zombie. */
  readonly zombieAfter: number
  /** Which ask this is; each begins with another SP, so that none always has the head start. */
  readonly turn: number
}

/** Nodes of one SP that an ask goes to, one after another; its probe not counted. */
export const MAX_NODES_PER_SP_AND_ASK = 3

/**
 * Strategy `all`: every listed SP has the same chance; one node per SP first, its siblings behind it. Nodes whose SP is
 * unknown are asked too: an open 0.0.1 network starts that way.
 */
export function selectAll(candidates: Iterable<Candidate>, facts: SelectionFacts): Target[] {
  const { self, turn } = facts
  const perSp = new Map<SpAddress, Candidate[]>()
  const unknown: Target[] = []
  for (const candidate of candidates) {
    const { peerId, sp } = candidate
    if (peerId === self.peerId || sp === self.sp) continue
    if (sp === undefined) {
      unknown.push({ sp, nodes: [candidate], probe: undefined })
      continue
    }
    const nodes = perSp.get(sp) ?? []
    if (nodes.push(candidate) === 1) perSp.set(sp, nodes)
  }
  const targets = [...perSp].map(([sp, nodes]) => targetOf(sp, nodes, facts))
  const start = targets.length === 0 ? 0 : turn % targets.length
  return [...targets.slice(start), ...targets.slice(0, start), ...unknown]
}

function targetOf(sp: SpAddress, nodes: Candidate[], facts: SelectionFacts): Target {
  // A node that is gone for good is tried only where the SP has nothing else.
  const living = nodes.filter(({ connected, failures }) => connected || failures < facts.zombieAfter)
  const ranked = (living.length > 0 ? living : nodes).sort((a, b) => rank(a, b, facts))
  const [first] = ranked
  const probe =
    first !== undefined && !facts.isLagging(first.peerId)
      ? ranked.find(({ peerId, connected }) => connected && facts.probes.has(peerId))
      : undefined
  return { sp, nodes: ranked.filter(node => node !== probe).slice(0, MAX_NODES_PER_SP_AND_ASK), probe }
}

/** Who is asked sooner: what a node has shown of itself, whether it is there, and whether it answered of late. */
function rank(a: Candidate, b: Candidate, { isLagging }: SelectionFacts): number {
  return (
    trust(a) - trust(b) ||
    Number(b.connected) - Number(a.connected) ||
    Number(isLagging(a.peerId)) - Number(isLagging(b.peerId)) ||
    a.failures - b.failures ||
    Number(a.standing === 'hint') - Number(b.standing === 'hint') ||
    roundTrip(a) - roundTrip(b)
  )
}

/** Verified before proven before claimed. A hint that has an SP is tied to it by list or pin, and not yet dialled. */
const trust = ({ standing, proven }: Candidate): number => (standing !== 'claimed' ? 0 : proven ? 1 : 2)

/** Greater than any that is measured; two unknown ones must not differ by NaN. */
const roundTrip = ({ rttMs }: Candidate): number => rttMs ?? Number.MAX_VALUE
