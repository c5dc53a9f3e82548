import type { PeerIdString, SpAddress } from '../../domain/brands.js'
import { inService, type SpEntry } from '../../domain/registry.js'
import type { PeerRecord } from '../../peers/index.js'

/** List, bootstrap and pongs come first: the DHT is asked after this time, ms. */
const GRACE_MS = 1_500
const FIRST_MS = 4_000
const EARLY_TRIES = 8
const LAST_MS = 5 * 60_000
/** Time until a second node is looked for where an SP has one connected, ms. */
const FIRST_SPARE_MS = 60_000
const JITTER = 0.2

export interface SpNeed {
  readonly sp: SpAddress
  readonly connected: number
}

/** SPs to look for, those without a connected node first. An SP whose entry names its nodes needs no others. */
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

/** A listed SP without a reachable node for this time may have moved, ms; likewise our own entry without this node. */
export const MISSED_MS = 60_000

/**
 * Whether the list leaves something to find: an SP without named nodes, or a node without an address. All nodes of a
 * network read the same list and come to the same answer.
 */
export const leavesOpen = (entries: readonly SpEntry[]): boolean =>
  entries.some(({ nodes }) => nodes.length === 0 || nodes.some(({ addresses }) => addresses.length === 0))

/** SPs without a reachable node; our own SP while the list does not name this node. */
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

/** A hint has this time to be dialled and to name its SP, before that SP is looked for again, ms. */
const AWAITED_MS = 60_000

/**
 * What pending hints may still bring: whether an undialled one may be of an unreached SP, and the SPs with enough hinted
 * nodes.
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

/** Whether a connected node is asked for an SP. Every eighth try walks the DHT instead: first after half a minute. */
export const isAsked = (tries: number): boolean => tries % 8 < 7

/**
 * Time until an SP is looked for after `tries` attempts, ms: 4 s while a network may be forming, up to 5 min later.
 * @param random a number in [0, 1)
 */
export function nextLookMs(tries: number, isReached: boolean, random: number): number {
  const first = isReached ? FIRST_SPARE_MS : FIRST_MS
  const early = isReached ? 1 : EARLY_TRIES
  const delay = tries === 0 && !isReached ? GRACE_MS : Math.min(LAST_MS, first * 2 ** Math.max(0, tries - early))
  return jittered(delay, random)
}

/** Time from the first record to the second, ms: the nodes nearest to a key change most while a network forms. */
const SECOND_RECORD_MS = 60_000
const RECORD_EVERY_MS = 10 * 60_000

/** Time until our record is sent again, ms, after `told` successes in total, or `failures` in a row. */
export function nextRecordMs(told: number, failures: number, random: number): number {
  const next = told === 1 ? SECOND_RECORD_MS : RECORD_EVERY_MS
  const delay = failures > 0 ? Math.min(60_000, 1_000 * 2 ** Math.min(10, failures - 1)) : next
  return jittered(delay, random)
}

const jittered = (ms: number, random: number): number => ms * (1 - JITTER + 2 * JITTER * random)
