import type { PeerIdString, SpAddress } from '../../domain/brands.js'
import { inService, type SpEntry } from '../../domain/registry.js'
import type { PeerRecord } from '../../peers/index.js'

/** Time that list, bootstrap and pongs have before the DHT is asked, ms. */
const GRACE_MS = 1_500
const FIRST_MS = 4_000
const EARLY_TRIES = 8
const LAST_MS = 5 * 60_000
/** An SP that is reached already can wait for its second node. */
const FIRST_SPARE_MS = 60_000
const JITTER = 0.2

export interface SpNeed {
  readonly sp: SpAddress
  readonly connected: number
}

/** SPs to look for, those without a connected node first. One whose entry names its nodes needs no more than these. */
export function whatToLookFor(
  entries: readonly SpEntry[],
  connected: ReadonlyMap<SpAddress, number>,
  targetPerSp: number
): readonly SpNeed[] {
  const needs: SpNeed[] = []
  for (const { operatorAddress: sp, nodes } of entries) {
    const have = connected.get(sp) ?? 0
    const wanted = nodes.length === 0 ? targetPerSp : Math.min(targetPerSp, nodes.length)
    if (have < wanted) needs.push({ sp, connected: have })
  }
  return needs.sort((a, b) => a.connected - b.connected)
}

/** Time after which a listed SP with no reachable node may have moved, ms. The same time holds for our own missing entry. */
export const MISSED_MS = 60_000

/**
 * Whether the list leaves something to find: an SP that names no nodes, or a node without an address. All nodes of a
 * network read the same list, so they come to the same answer.
 */
export const leavesOpen = (entries: readonly SpEntry[]): boolean =>
  entries.some(({ nodes }) => nodes.length === 0 || nodes.some(({ addresses }) => addresses.length === 0))

/** SPs of which nothing is in reach; our own while the list does not name this node. */
export const missing = (
  entries: readonly SpEntry[],
  isReached: (sp: SpAddress) => boolean,
  self: { readonly sp: SpAddress; readonly peerId: PeerIdString }
): readonly SpAddress[] =>
  entries
    .filter(entry => inService(entry))
    .filter(({ operatorAddress: sp, nodes }) =>
      sp === self.sp ? !nodes.some(({ peerId }) => peerId === self.peerId) : !isReached(sp)
    )
    .map(({ operatorAddress }) => operatorAddress)

/** Time in which a hint is to be dialled and to show itself, before its SP is looked for again, ms. */
const AWAITED_MS = 60_000

/**
 * What hints may still bring: whether any is to be dialled that may be of an SP out of reach, and the SPs that enough
 * nodes are said to be of.
 */
export function underWay(
  records: Iterable<Pick<PeerRecord, 'state' | 'hintedSp' | 'connected' | 'lastError' | 'firstSeen'>>,
  reached: ReadonlyMap<SpAddress, number>,
  now: number,
  targetPerSp: number
): { readonly untried: boolean; readonly awaited: ReadonlySet<SpAddress> } {
  const said = new Map<SpAddress, number>()
  const awaited = new Set<SpAddress>()
  let untried = false
  for (const { state, hintedSp, connected, lastError, firstSeen } of records) {
    if (state !== 'hint' || lastError !== undefined || now - firstSeen >= AWAITED_MS) continue
    if (hintedSp !== undefined && reached.has(hintedSp)) continue
    if (!connected) untried = true
    if (hintedSp === undefined) continue
    said.set(hintedSp, (said.get(hintedSp) ?? 0) + 1)
    // A connected peer tells its SP in its first ping.
    if (connected || (said.get(hintedSp) ?? 0) >= targetPerSp) awaited.add(hintedSp)
  }
  return { untried, awaited }
}

/** Whether a connected node is asked for an SP; the DHT is walked every eighth time, half a minute after the first. */
export const isAsked = (tries: number): boolean => tries % 8 < 7

/** Asked for twice: nobody around has a record of it. */
export const isInVain = (tries: number): boolean => tries > 1

/**
 * Time until an SP is looked for (again) after `tries` looks, ms: every 4 s while a network may be forming, up to 5 min
 * later on.
 * @param random a number in [0, 1)
 */
export function nextLookMs(tries: number, isReached: boolean, random: number): number {
  const first = isReached ? FIRST_SPARE_MS : FIRST_MS
  const early = isReached ? 1 : EARLY_TRIES
  const delay = tries === 0 && !isReached ? GRACE_MS : Math.min(LAST_MS, first * 2 ** Math.max(0, tries - early))
  return jittered(delay, random)
}

/** After the first record, ms: the nodes around a key change most while a network forms. */
const SECOND_RECORD_MS = 60_000
const RECORD_EVERY_MS = 10 * 60_000

/** Time until our record is sent again, ms, after `told` successes in all, or `failures` in a row. */
export function nextRecordMs(told: number, failures: number, random: number): number {
  const next = told === 1 ? SECOND_RECORD_MS : RECORD_EVERY_MS
  const delay = failures > 0 ? Math.min(60_000, 1_000 * 2 ** Math.min(10, failures - 1)) : next
  return jittered(delay, random)
}

const jittered = (ms: number, random: number): number => ms * (1 - JITTER + 2 * JITTER * random)
