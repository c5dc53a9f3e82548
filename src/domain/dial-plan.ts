import type { PeerIdString, SpAddress } from './brands.js'
import { isZombie, type NodeFacts } from './node.js'

/** A node with what the next dial depends on. */
export interface DialFacts extends NodeFacts {
  /** It has an address, may be dialled, and no dial of it is under way. */
  readonly dialable: boolean
  /** A dial of it is under way and has not been silent for long: it counts as connected. */
  readonly promising: boolean
  /** Monotonic ms before which it is left alone. */
  readonly dueAt: number
  /** Unix ms of the last interaction that went well. */
  readonly lastSuccess: number | undefined
  /** The configuration or an operator named it. */
  readonly configured: boolean
  /** Of no known SP, it is said to be a node of this one. */
  readonly hintedSp: SpAddress | undefined
}

/** An SP that is to be reached: listed, in service, not ours. */
export interface Sought {
  readonly sp: SpAddress
  /** The list or a pin names its nodes: who else is heard of cannot be one of them. */
  readonly closed: boolean
}

export interface DialPlanInit {
  readonly self: { readonly sp: SpAddress; readonly peerId: PeerIdString }
  readonly sought: readonly Sought[]
  /** Nodes of each SP that a connection is wanted to. */
  readonly targetPerSp: number
  readonly zombieAfter: number
  /** Connections there is room for, those that are being opened included. */
  readonly room: number
  /** Monotonic ms. */
  readonly now: number
}

export interface DialPlan {
  /** What brings an SP into reach, or its first verified node. */
  readonly cover: readonly PeerIdString[]
  /** Siblings of nodes that do so already, and what was only heard of. */
  readonly spare: readonly PeerIdString[]
}

/**
 * How far an SP is. `tried`: its nodes that are being dialled or wait after a dial that failed. `said`: who is only said to
 * be one of its nodes, and may be anyone.
 */
const newGroup = (closed: boolean) => ({
  closed,
  proven: !closed,
  reached: 0,
  coming: 0,
  tried: 0,
  due: [] as DialFacts[],
  said: [] as DialFacts[],
  saidComing: 0
})

/**
 * Of two SPs that miss each other, one dials first: whatever it reaches, the other need not dial. Both come to the same
 * answer, and each has the first turn with half of the others.
 */
export const isOurTurn = (self: SpAddress, other: SpAddress): boolean =>
  self < other === ((lastBit(self) ^ lastBit(other)) === 0)

const lastBit = (sp: SpAddress): number => Number.parseInt(sp.slice(-1), 16) & 1

/**
 * How far two nodes are from each other, the same from either side. Of an SP's nodes each of ours dials the nearest: its
 * siblings dial others, and the one it dials would most likely have dialled it.
 */
export const distance = (a: PeerIdString, b: PeerIdString): number => (tail(a) ^ tail(b)) >>> 0

/** The end of a peer id is that of its key, as good as random. */
const TAIL = 5
const tail = (peerId: PeerIdString): number => {
  let value = 0
  for (let at = Math.max(0, peerId.length - TAIL); at < peerId.length; at++) value = value * 58 + peerId.charCodeAt(at)
  return value
}

/**
 * Whom to dial next, best first. Every SP gets its first node before any gets its second, and then, where its nodes only
 * dialled us, one that we dialled: nobody is verified otherwise. Within an SP healthy nodes come before failing ones,
 * zombies last; then those of the SP of which fewest were tried, so that one whose every node is dead keeps no other
 * waiting; then those of SPs that we have the first turn with; then who has waited longest, who answered last, who is
 * nearest. Nodes of an unknown SP are tried while they could be what is missing: one that is said to be of an SP out of
 * reach first; other hints while an SP whose nodes nobody names is below its target; configured ones also while an SP is
 * out of reach or nobody is connected at all.
 */
export function dialPlan(nodes: Iterable<DialFacts>, init: DialPlanInit): DialPlan {
  const { self, sought, targetPerSp, zombieAfter, room, now } = init
  const bySp = new Map(sought.map(({ sp, closed }) => [sp, newGroup(closed)]))
  const unknown: DialFacts[] = []
  let connections = 0
  for (const node of nodes) {
    const group = node.sp === undefined ? undefined : bySp.get(node.sp)
    if (node.connected) connections++
    if (group !== undefined && node.tied && node.standing === 'verified' && node.failures === 0) group.proven = true
    if (group !== undefined) {
      if (node.connected) group.reached++
      else if (node.promising) group.coming++
    }
    if (node.connected) continue
    const said = node.sp === undefined && node.hintedSp !== undefined ? bySp.get(node.hintedSp) : undefined
    if (said !== undefined && node.promising) said.saidComing++
    if (!node.dialable || node.dueAt > now) {
      if (group !== undefined) group.tried++
    } else if (said !== undefined && !said.closed && !node.configured) said.said.push(node)
    else if (node.sp === undefined) unknown.push(node)
    else group?.due.push(node)
  }
  const tried = ({ sp }: DialFacts): number => (sp === undefined ? 0 : (bySp.get(sp)?.tried ?? 0))
  const rank = (node: DialFacts): number => (isZombie(node, zombieAfter) ? 2 : node.failures > 0 ? 1 : 0)
  const turn = ({ sp, hintedSp }: DialFacts): number => {
    const other = sp ?? hintedSp
    return other === undefined || isOurTurn(self.sp, other) ? 0 : 1
  }
  const better = (a: DialFacts, b: DialFacts): number =>
    rank(a) - rank(b) ||
    tried(a) - tried(b) ||
    turn(a) - turn(b) ||
    a.dueAt - b.dueAt ||
    (b.lastSuccess ?? 0) - (a.lastSuccess ?? 0) ||
    distance(self.peerId, a.peerId) - distance(self.peerId, b.peerId)

  const unproven: DialFacts[] = []
  const missed: DialFacts[] = []
  const further: DialFacts[] = []
  const rounds = Array.from({ length: targetPerSp }, (): DialFacts[] => [])
  let openBelow = false
  let anyOut = connections === 0
  for (const { closed, proven, reached, coming, due, said, saidComing } of bySp.values()) {
    if (reached < targetPerSp && !closed) openBelow = true
    if (reached === 0) anyOut = true
    const from = reached + coming
    said.sort(better)
    const wanted = from === 0 && due.length === 0 ? Math.max(0, 1 - saidComing) : 0
    missed.push(...said.slice(0, wanted))
    further.push(...said.slice(wanted))
    if (from >= targetPerSp || due.length === 0) continue
    due.sort(better)
    for (const [index, node] of due.slice(0, targetPerSp - from).entries()) {
      if (index === 0 && reached > 0 && coming === 0 && !proven) unproven.push(node)
      else rounds[from + index]?.push(node)
    }
  }
  const [first = [], ...siblings] = rounds.map(round => round.sort(better))
  const configured = openBelow || anyOut ? unknown.filter(node => node.configured).sort(better) : []
  const hints = openBelow ? unknown.filter(node => !node.configured).sort(better) : []
  const cover = [...first, ...unproven.sort(better), ...configured, ...missed.sort(better)]
  // Where an SP names nobody, whoever was heard of may be its first node.
  if (anyOut) cover.push(...hints)
  // What is said may be false: the node of an SP that is out must not be lost under another's name.
  const spare = [...siblings.flat(), ...(openBelow ? further.sort(better) : []), ...(anyOut ? [] : hints)]
  const left = Math.max(0, room)
  return {
    cover: cover.slice(0, left).map(({ peerId }) => peerId),
    spare: spare.slice(0, Math.max(0, left - cover.length)).map(({ peerId }) => peerId)
  }
}
