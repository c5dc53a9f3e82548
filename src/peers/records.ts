/** A node as others see it, and as it is on disk. */
import { type Node, stateOf } from '../domain/node.js'
import { untried } from '../domain/node-addresses.js'
import type { BookRecord } from '../store/book.js'
import type { PeerRecord } from './index.js'

export interface About {
  readonly connected: boolean
  readonly blocked: boolean
  readonly zombieAfter: number
}

export function peerRecord(node: Node, { connected, blocked, zombieAfter }: About): PeerRecord {
  const { named, hinted, ...rest } = node
  const told = hinted.map(({ address }) => address)
  const addresses = node.addresses.length > 0 ? node.addresses : untried(told)
  return { ...rest, addresses, connected, blocked, state: stateOf(node, zombieAfter) }
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
