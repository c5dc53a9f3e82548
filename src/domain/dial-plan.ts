import type { PeerIdString, SpAddress } from './brands.js'
import { DIAL_REASONS, type DialReason, type LeftOut, type NoDialReason, type PlannedDial } from './dial-reason.js'
import { isZombie, type NodeFacts } from './node.js'

/** A node with what its next dial depends on. Times are monotonic ms. */
export interface DialFacts extends NodeFacts {
  /** It has an address, or can be looked up, and is not blocked. */
  readonly dialable: boolean
  /** A dial of it is under way. *Prompt*: it may succeed any moment, and counts as connected. */
  readonly dialling: 'prompt' | 'slow' | undefined
  /** End of its back-off; for a connected node, when a dial-back check is due. */
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
  /** The list or a pin names its nodes: others that are heard of cannot be among them. */
  readonly closed: boolean
}

export interface DialPlanInit {
  readonly self: { readonly sp: SpAddress; readonly peerId: PeerIdString }
  readonly sought: readonly Sought[]
  /** Nodes of each SP that a connection is wanted to. */
  readonly targetPerSp: number
  readonly zombieAfter: number
  /** Further connections the host has room for. */
  readonly room: number
  /** Monotonic ms. */
  readonly now: number
}

export interface DialPlan {
  /** Best first. */
  readonly dials: readonly PlannedDial[]
  readonly leftOut: readonly LeftOut[]
}

const URGENCY = Object.fromEntries(DIAL_REASONS.map((reason, index) => [reason, index])) as Record<DialReason, number>

/**
 * Which nodes to dial next, and why the others not. Every SP gets its first node before any gets its second, and then its
 * first verified one. Nodes of no known SP are tried while they could be what is missing: configured ones while any SP is
 * missing, others while an open SP, whose nodes nobody names, is below its target.
 */
export function dialPlan(nodes: Iterable<DialFacts>, init: DialPlanInit): DialPlan {
  const network = groupBySp(nodes, init)
  const preferred = preferenceIn(init, network)
  const groups = [...network.groups.values()]
  const anyMissing = network.connected === 0 || groups.some(({ connected }) => connected === 0)
  const anyOpenBelow = groups.some(({ closed, connected }) => !closed && connected < init.targetPerSp)
  const further = anyOpenBelow ? 'further-hint' : 'target-reached'
  const hintReason = anyOpenBelow && anyMissing ? 'hint' : further
  const configuredReason = anyOpenBelow || anyMissing ? 'configured' : 'target-reached'
  const wishes = [
    ...groups.flatMap(group => wishesOfSp(group, { targetPerSp: init.targetPerSp, preferred, further })),
    ...network.unknown.map(
      (node): Wish => ({ node, reason: node.configured ? configuredReason : hintReason, round: 1 })
    )
  ]

  const dials: Wish<DialReason>[] = []
  for (const { node, reason, round } of wishes) {
    if (reason === 'target-reached') network.leftOut.push({ peerId: node.peerId, reason })
    else dials.push({ node, reason, round })
  }
  dials.sort((a, b) => URGENCY[a.reason] - URGENCY[b.reason] || a.round - b.round || preferred(a.node, b.node))
  const cut = dials.splice(Math.max(0, init.room))
  return {
    dials: dials.map(({ node: { peerId }, reason }) => ({ peerId, reason })),
    leftOut: network.leftOut.concat(cut.map(({ node: { peerId } }) => ({ peerId, reason: 'no-room' })))
  }
}

/** An SP's nodes, by what is to be done with them. */
interface SpGroup {
  readonly closed: boolean
  /** It has a verified node that does not fail, or there is nothing to verify: the SP names none. */
  verified: boolean
  connected: number
  /** Dials under way that may succeed any moment. */
  prompt: number
  promptHints: number
  /** Nodes that are being dialled, or back off after a dial that failed. */
  tried: number
  readonly due: DialFacts[]
  /** Connected nodes that are due for a dial-back check. */
  readonly unchecked: DialFacts[]
  /** Nodes that are only said to be of this SP. */
  readonly hinted: DialFacts[]
}

interface Network {
  readonly groups: ReadonlyMap<SpAddress, SpGroup>
  /** Due nodes that may be of any SP. */
  readonly unknown: readonly DialFacts[]
  readonly connected: number
  readonly leftOut: LeftOut[]
}

function groupBySp(nodes: Iterable<DialFacts>, { sought, now }: DialPlanInit): Network {
  const groups = new Map(sought.map(({ sp, closed }) => [sp, newGroup(closed)]))
  const unknown: DialFacts[] = []
  const leftOut: LeftOut[] = []
  let connected = 0
  for (const node of nodes) {
    const group = node.sp === undefined ? undefined : groups.get(node.sp)
    const hintedGroup = node.sp !== undefined || node.hintedSp === undefined ? undefined : groups.get(node.hintedSp)
    if (node.connected) connected++
    if (group !== undefined) {
      if (node.connected) group.connected++
      else if (node.dialling === 'prompt') group.prompt++
      if (node.tied && node.standing === 'verified' && node.failures === 0) group.verified = true
    } else if (hintedGroup !== undefined && (node.dialling === 'prompt' || (node.connected && node.dueAt > now))) {
      hintedGroup.promptHints++
    }

    const isSought = node.sp === undefined || group?.closed === false || (group?.closed === true && node.tied)
    const reason = isSought ? whyNotNow(node, now) : node.connected ? 'connected' : 'not-sought'
    if (reason !== undefined) {
      leftOut.push({ peerId: node.peerId, reason })
      if (group !== undefined && (reason === 'under-way' || reason === 'backing-off')) group.tried++
    } else if (node.connected) group?.unchecked.push(node)
    else if (hintedGroup?.closed === false && !node.configured) hintedGroup.hinted.push(node)
    else if (node.sp === undefined) unknown.push(node)
    else group?.due.push(node)
  }
  return { groups, unknown, connected, leftOut }
}

const newGroup = (closed: boolean): SpGroup => ({
  closed,
  verified: !closed,
  connected: 0,
  prompt: 0,
  promptHints: 0,
  tried: 0,
  due: [],
  unchecked: [],
  hinted: []
})

function whyNotNow(node: DialFacts, now: number): NoDialReason | undefined {
  if (node.dialling !== undefined) return 'under-way'
  if (node.connected) return needsCheck(node) && node.dialable && node.dueAt <= now ? undefined : 'connected'
  if (!node.dialable) return 'not-dialable'
  return node.dueAt > now ? 'backing-off' : undefined
}

/** That a node dialled us shows no address at which it answers. */
export const needsCheck = ({ sp, tied, standing }: Pick<DialFacts, 'sp' | 'tied' | 'standing'>): boolean =>
  sp !== undefined && tied && standing !== 'verified'

interface Wish<Reason extends DialReason | 'target-reached' = DialReason | 'target-reached'> {
  readonly node: DialFacts
  readonly reason: Reason
  /** Of wishes for the same reason those of an earlier round come first: an SP's second node before any third one. */
  readonly round: number
}

interface WishInit {
  readonly targetPerSp: number
  readonly preferred: Comparator
  /** What a further node is that is only said to be of an SP. */
  readonly further: 'further-hint' | 'target-reached'
}

function wishesOfSp(group: SpGroup, { targetPerSp, preferred, further }: WishInit): Wish[] {
  const { connected, prompt, promptHints, verified, due, unchecked, hinted } = group
  const underWay = connected + prompt
  // The more of an SP's nodes were tried in vain, the more are tried at once.
  const atOnce = 1 + Math.floor((group.tried - prompt) / 2)
  const reasonOf = (index: number): Wish['reason'] => {
    if (underWay + index >= targetPerSp) return 'target-reached'
    if (connected === 0 && prompt + index < atOnce) return 'uncovered-sp'
    return index === 0 && prompt === 0 && !verified ? 'unverified-sp' : 'sibling'
  }
  // What is said of a node may be false: one at a time.
  const isMissing = underWay === 0 && due.length === 0 && promptHints === 0
  const hintReasonOf = (index: number): Wish['reason'] => (isMissing && index === 0 ? 'hint-for-missing-sp' : further)
  const checkReason = verified ? 'unverified-node' : 'unverified-sp'
  return [
    ...due.sort(preferred).map((node, index) => ({ node, reason: reasonOf(index), round: underWay + index })),
    ...unchecked.map((node): Wish => ({ node, reason: checkReason, round: 0 })),
    ...hinted.sort(preferred).map((node, index) => ({ node, reason: hintReasonOf(index), round: 0 }))
  ]
}

type Comparator = (a: DialFacts, b: DialFacts) => number

/** The order of preference among nodes that are wanted for the same reason. */
function preferenceIn({ self, zombieAfter }: DialPlanInit, { groups }: Network): Comparator {
  const health = (node: DialFacts): number => (isZombie(node, zombieAfter) ? 2 : Math.min(1, node.failures))
  const triedOf = ({ sp }: DialFacts): number => (sp === undefined ? 0 : (groups.get(sp)?.tried ?? 0))
  return (a, b) =>
    health(a) - health(b) ||
    // An SP whose every node is dead keeps no other waiting.
    triedOf(a) - triedOf(b) ||
    a.dueAt - b.dueAt ||
    (b.lastSuccess ?? 0) - (a.lastSuccess ?? 0) ||
    distance(self.peerId, a.peerId) - distance(self.peerId, b.peerId)
}

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
