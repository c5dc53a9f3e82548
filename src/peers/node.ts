import type { PeerIdString, SpAddress } from '../domain/brands.js'
import { type Standing, stateOf } from '../domain/node.js'
import { MAX_ADDRESSES } from '../domain/peer-limits.js'
import type { BookRecord } from '../store/book.js'
import type { DialFailure, NodeAddress, NodeSource, PeerRecord } from './index.js'

/** A node of the book while it runs; only the book changes it. */
export interface Node {
  readonly peerId: PeerIdString
  readonly source: NodeSource
  readonly firstSeen: number
  sp: SpAddress | undefined
  standing: Standing
  proven: boolean
  tied: boolean
  addresses: readonly NodeAddress[]
  failures: number
  rttMs: number | undefined
  lastSuccess: number | undefined
  lastError: string | undefined
  lastErrorKind: DialFailure | undefined
}

export const newNode = (peerId: PeerIdString, source: NodeSource, now: number): Node => ({
  peerId,
  source,
  firstSeen: now,
  sp: undefined,
  standing: 'hint',
  proven: false,
  tied: false,
  addresses: [],
  failures: 0,
  rttMs: undefined,
  lastSuccess: undefined,
  lastError: undefined,
  lastErrorKind: undefined
})

/** Weight of the newest round trip: one that was held up by a busy moment does not make a node look far away. */
const RTT_WEIGHT = 0.25

export const smoothed = (before: number | undefined, rttMs: number): number =>
  before === undefined ? rttMs : before + RTT_WEIGHT * (rttMs - before)

/** The named addresses in front, what is known of each kept; those that answered before come first. */
export function withAddresses(known: readonly NodeAddress[], named: readonly string[]): readonly NodeAddress[] {
  const before = new Map(known.map(entry => [entry.address, entry]))
  const first = named.map(address => before.get(address) ?? { address, lastSuccess: undefined })
  return ordered([...first, ...known.filter(({ address }) => !named.includes(address))])
}

export function onlyAddresses(known: readonly NodeAddress[], named: readonly string[]): readonly NodeAddress[] {
  return withAddresses(
    known.filter(({ address }) => named.includes(address)),
    named
  )
}

export const withSuccess = (known: readonly NodeAddress[], address: string, now: number): readonly NodeAddress[] =>
  ordered([{ address, lastSuccess: now }, ...known.filter(entry => entry.address !== address)])

const ordered = (addresses: readonly NodeAddress[]): readonly NodeAddress[] =>
  [...addresses].sort((a, b) => (b.lastSuccess ?? 0) - (a.lastSuccess ?? 0)).slice(0, MAX_ADDRESSES)

export function peerRecord(
  node: Node,
  about: { connected: boolean; blocked: boolean; zombieAfter: number }
): PeerRecord {
  const { connected, blocked, zombieAfter } = about
  return { ...node, connected, blocked, state: stateOf(node, zombieAfter) }
}

export function bookRecord(node: Node): BookRecord {
  const { tied: _tied, lastErrorKind: _kind, ...kept } = node
  return kept
}

export const fromBook = (record: BookRecord): Node => ({ ...record, tied: false, lastErrorKind: undefined })
