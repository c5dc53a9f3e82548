import { parseBootstrap } from '../../codec/bootstrap.js'
import { pingDigests } from '../../codec/digest.js'
import type { NodeOverview, SpOverview } from '../../contract.js'
import type { SpAddress } from '../../domain/brands.js'
import { ChainUnavailableError, messageOf } from '../../errors.js'
import { withDeadline } from '../../kit/clock.js'
import type { PeerRecord } from '../../peers/index.js'
import type { RunningNode } from '../node.js'
import type { Parts } from '../parts.js'
import type { Facts, NameFacts, NodeView, SigningFacts, SpFacts } from './facts.js'
import { nameOf, resolveNames } from './names.js'
import { ownAddresses, spOverviews, spsReachable } from './overview.js'
import { probeOwnAddresses } from './own-addresses.js'

/** Bound of name lookups and of connections to our own addresses, ms. */
const PROBE_MS = 2_000

export interface DoctorInit {
  readonly parts: Parts
  readonly node: RunningNode | undefined
  readonly state: NodeOverview['state']
}

/** What is known of this node, and what lookups and connections show within `PROBE_MS`. */
export async function gatherSelf(
  { parts, node, state }: DoctorInit,
  min: number,
  signal: AbortSignal | undefined
): Promise<Facts> {
  const { chain, operatorAddress, policy, store, allowPrivate } = parts
  const addresses = ownAddresses(node)
  const told = node?.host.reachability?.() ?? []
  const ours = [...new Set([...addresses, ...told.map(({ address }) => address)])]
  const [own, configured, signing, asks] = await Promise.all([
    withDeadline(parts.clock, PROBE_MS, signal, async bound => {
      const names = await resolveNames(ours, bound)
      return probeOwnAddresses(ours, names, told, bound)
    }),
    withDeadline(parts.clock, PROBE_MS, signal, bound => nodeViews(configuredNodes(parts), bound)),
    sign(parts, signal),
    decidedAsks(parts)
  ])
  const status = chain.status()
  return {
    state,
    sp: operatorAddress,
    peerId: node?.peerId,
    allowPrivate,
    chain: status,
    sps: listed(parts),
    entry: parts.entryOf(operatorAddress),
    signing,
    addresses: own,
    configured,
    blocked: parts.book.blocked,
    inbound: node?.connections.inboundOpened ?? 0,
    store: store.health(status.height),
    policyAlarm: policy.alarm?.(),
    alarms: parts.alarms.list,
    asks,
    min,
    reachable: spsReachable(parts)
  }
}

/** The way to each of these SPs; by default, to each SP that has no connected node. */
export async function gatherSps(
  parts: Parts,
  signal: AbortSignal | undefined,
  wanted?: readonly SpAddress[]
): Promise<readonly SpFacts[]> {
  const overviews = listed(parts)
  const unreachable = (overviews ?? []).filter(({ self, reachable }) => !self && !reachable)
  const sps = wanted ?? unreachable.map(({ operatorAddress }) => operatorAddress)
  const records = sps.flatMap(sp => parts.book.list({ sp }))
  const views = await withDeadline(parts.clock, PROBE_MS, signal, bound => nodeViews(records, bound))
  return sps.map(sp => ({
    sp,
    self: sp === parts.operatorAddress,
    overview: overviews?.find(({ operatorAddress }) => operatorAddress === sp),
    listed: overviews !== undefined,
    nodes: views.filter(({ record }) => record.sp === sp)
  }))
}

/** The nodes that configuration or operator name and that are not connected. */
function configuredNodes({ book, bootstrap }: Parts): readonly PeerRecord[] {
  const named = new Set<string>(bootstrap.map(entry => parseBootstrap(entry).peerId))
  return book.list().filter(record => !record.connected && (named.has(record.peerId) || record.source === 'operator'))
}

async function nodeViews(records: readonly PeerRecord[], signal: AbortSignal): Promise<readonly NodeView[]> {
  const addresses = records.flatMap(record => record.addresses.map(({ address }) => address))
  const names = await resolveNames(addresses, signal)
  return records.map(record => ({ record, unresolved: unresolvedOf(record, names) }))
}

const unresolvedOf = ({ addresses }: PeerRecord, names: ReadonlyMap<string, NameFacts>): NodeView['unresolved'] =>
  addresses.flatMap(({ address }) => {
    const name = nameOf(address)
    const facts = name === undefined ? undefined : names.get(name)
    return name === undefined || facts === undefined || facts.ok ? [] : [{ name, error: facts.error }]
  })

function listed(parts: Parts): readonly SpOverview[] | undefined {
  try {
    return spOverviews(parts)
  } catch (error) {
    if (error instanceof ChainUnavailableError) return undefined
    throw error
  }
}

/** Signs a ping, as each ping period does, and recovers its signer. */
async function sign(
  { signer, verifier, operatorAddress }: Parts,
  signal: AbortSignal | undefined
): Promise<SigningFacts> {
  const message = { spOperatorAddress: operatorAddress, signature: new Uint8Array() }
  const [digest = new Uint8Array(32)] = pingDigests(message)
  try {
    const signature = await signer.sign(digest, { type: 'ping', message }, signal && { signal })
    return { ok: true, by: verifier.recover(digest, signature) }
  } catch (error) {
    return { ok: false, error: messageOf(error) }
  }
}

async function decidedAsks({ metrics }: Parts): Promise<Facts['asks']> {
  const values = await decisionsOf(metrics)
  const count = (stale: boolean): number =>
    values.filter(({ labels }) => !stale || labels.rule === 'freshness').reduce((sum, { value }) => sum + value, 0)
  return { decided: count(false), stale: count(true) }
}

/** None where the metrics of the embedding program cannot be read. */
async function decisionsOf({
  decisions
}: Parts['metrics']): Promise<Awaited<ReturnType<typeof decisions.get>>['values']> {
  try {
    return (await decisions.get()).values
  } catch {
    return []
  }
}
