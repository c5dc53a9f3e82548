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

/**
 * Strategy `all`: every listed SP has the same chance; one node per SP, the connected one with the best round trip
 * first. Nodes whose SP is unknown are asked too: an open 0.0.1 network starts that way.
 */
export function selectAll(candidates: readonly Candidate[], self: { sp: SpAddress; peerId: PeerIdString }): Contact[] {
  const best = new Map<SpAddress, Candidate>()
  const unknown: Contact[] = []
  for (const candidate of candidates) {
    if (candidate.peerId === self.peerId || candidate.sp === self.sp) continue
    if (candidate.sp === undefined) {
      unknown.push({ peerId: candidate.peerId, sp: undefined })
      continue
    }
    const held = best.get(candidate.sp)
    if (held === undefined || better(candidate, held)) best.set(candidate.sp, candidate)
  }
  return [...[...best.values()].map(({ peerId, sp }) => ({ peerId, sp })), ...unknown]
}

function better(a: Candidate, b: Candidate): boolean {
  if (a.connected !== b.connected) return a.connected
  return (a.rttMs ?? Number.POSITIVE_INFINITY) < (b.rttMs ?? Number.POSITIVE_INFINITY)
}
