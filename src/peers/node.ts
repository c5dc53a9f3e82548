import type { PeerIdString, SpAddress } from '../domain/brands.js'
import { isPermanent, type Standing, stateOf } from '../domain/node.js'
import type { BookRecord } from '../store/book.js'
import { type HintedAddress, untried } from './addresses.js'
import type { NodeAddress, NodeSource, PeerRecord } from './index.js'

/** A node of the book while it runs; only the book changes it, and `sp` only its table. */
export interface Node {
  readonly peerId: PeerIdString
  readonly firstSeen: number
  source: NodeSource
  sp: SpAddress | undefined
  standing: Standing
  proven: boolean
  tied: boolean
  addresses: readonly NodeAddress[]
  /** Those of them that the list or the configuration named last. */
  named: readonly string[]
  /** Used only while there is no address of another kind; never kept. */
  hinted: readonly HintedAddress[]
  hintedSp: SpAddress | undefined
  failures: number
  /** Failures since the last success, also those that do not count. */
  unanswered: number
  rttMs: number | undefined
  lastSuccess: number | undefined
  lastError: string | undefined
}

export const newNode = (peerId: PeerIdString, source: NodeSource, now: number): Node => ({
  peerId,
  firstSeen: now,
  source,
  sp: undefined,
  standing: 'hint',
  proven: false,
  tied: false,
  addresses: [],
  named: [],
  hinted: [],
  hintedSp: undefined,
  failures: 0,
  unanswered: 0,
  rttMs: undefined,
  lastSuccess: undefined,
  lastError: undefined
})

/** What is on disk: permanent nodes, and those an operator added. Nothing that only a stranger said. */
export const isKept = (node: Pick<Node, 'standing' | 'proven' | 'source'>): boolean =>
  isPermanent(node) || node.source === 'operator'

/** Weight of the newest round trip: one that was held up by a busy moment does not make a node look far away. */
const RTT_WEIGHT = 0.25

export const smoothed = (before: number | undefined, rttMs: number): number =>
  before === undefined ? rttMs : before + RTT_WEIGHT * (rttMs - before)

export function peerRecord(
  node: Node,
  about: { connected: boolean; blocked: boolean; zombieAfter: number }
): PeerRecord {
  const { peerId, firstSeen, source, sp, standing, proven, tied, hintedSp, failures, unanswered, rttMs } = node
  const { lastSuccess, lastError } = node
  const { connected, blocked, zombieAfter } = about
  return {
    peerId,
    sp,
    state: stateOf(node, zombieAfter),
    standing,
    proven,
    tied,
    connected,
    failures,
    unanswered,
    source,
    addresses: node.addresses.length > 0 ? node.addresses : untried(node.hinted.map(({ address }) => address)),
    hintedSp,
    rttMs,
    firstSeen,
    lastSuccess,
    lastError,
    blocked
  }
}

export function bookRecord(node: Node): BookRecord {
  const { peerId, sp, standing, proven, source, addresses, rttMs, firstSeen, lastSuccess, failures, lastError } = node
  return { peerId, sp, standing, proven, source, addresses, rttMs, firstSeen, lastSuccess, failures, lastError }
}

export const fromBook = (record: BookRecord): Node => ({
  ...record,
  unanswered: 0,
  tied: false,
  named: [],
  hinted: [],
  hintedSp: undefined
})
