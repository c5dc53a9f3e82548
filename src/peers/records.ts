/** A node as others see it, and as it is on disk. */
import { changed, type Node, newNode, stateOf } from '../domain/node.js'
import { untried } from '../domain/node-addresses.js'
import type { BookRecord } from '../store/book.js'
import type { PeerRecord } from './index.js'

export interface About {
  readonly connected: boolean
  readonly blocked: boolean
  readonly zombieAfter: number
}

/** Field by field: the keeper reads every node of the book in each of its rounds, and a spread takes five times as long. */
export function peerRecord(node: Node, { connected, blocked, zombieAfter }: About): PeerRecord {
  const { peerId, firstSeen, source, sp, standing, proven, tied, hintedSp, failures, unanswered, rttMs } = node
  const { lastSuccess, lastError } = node
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

export const fromBook = (record: BookRecord): Node =>
  changed(newNode(record.peerId, record.source, record.firstSeen), record)
