import type { NodeOverview, SpOverview } from '../../contract.js'
import type { SpAddress } from '../../domain/brands.js'
import { inService } from '../../domain/registry.js'
import { SpApprovalError } from '../../errors.js'
import { addressesOf } from '../../protocols/host/own-addresses.js'
import { VERSION } from '../../version.js'
import type { RunningNode } from '../node.js'
import type { Parts } from '../parts.js'

/** What people look at: the node as a whole, and the SPs it knows. Reads only. */
export function nodeOverview(parts: Parts, node: RunningNode | undefined, state: NodeOverview['state']): NodeOverview {
  const { alarms, operatorAddress, chain, store, policy, verifier, queue, ledger } = parts
  const status = chain.status()
  return {
    version: VERSION,
    state,
    operatorAddress,
    peerId: node?.peerId,
    addresses: ownAddresses(node),
    backend: verifier.backend,
    chain: status,
    store: { ...store.health(status.height), kind: store.kind },
    policyAlarm: policy.alarm?.() ?? policy.fault?.(),
    alarms: alarms.list,
    spsReachable: spsReachable(parts),
    runningTasks: queue.size,
    liveGrants: ledger.live,
    height: status.height
  }
}

/** @throws ChainUnavailableError */
export function spOverviews({ chain, book, trust, fairness, operatorAddress }: Parts): readonly SpOverview[] {
  return chain.registry.list().map(entry => {
    const nodes = book.list({ sp: entry.operatorAddress })
    const self = entry.operatorAddress === operatorAddress
    const connected = nodes.filter(node => node.connected)
    const seen = nodes.flatMap(({ lastSuccess }) => lastSuccess ?? [])
    return {
      ...entry,
      self,
      reachable: self || connected.some(({ peerId }) => trust.of(entry.operatorAddress, peerId).tier !== 'refused'),
      peers: nodes.length,
      connected: connected.length,
      verified: nodes.filter(node => node.standing === 'verified').length,
      lastSeen: seen.length > 0 ? Math.max(...seen) : undefined,
      fairness: fairness.of(entry.operatorAddress)
    }
  })
}

/** Distinct SPs besides us with a connected node that may speak for them; none while no list is trusted. */
export const spsReachable = ({ book, entryOf }: Parts): number =>
  book.reachableSps().filter(sp => inService(entryOf(sp))).length

/** SPs in service, besides us, that are not reachable; none while no list is trusted. */
export function spsMissing(parts: Parts): readonly SpAddress[] {
  const reachable = new Set(parts.book.reachableSps())
  try {
    const others = parts.chain.registry
      .list()
      .filter(entry => inService(entry) && entry.operatorAddress !== parts.operatorAddress)
    return others.map(entry => entry.operatorAddress).filter(sp => !reachable.has(sp))
  } catch (error) {
    if (error instanceof SpApprovalError) return []
    throw error
  }
}

/** Multiaddrs we can be dialled at, without `/p2p/…`. */
export const ownAddresses = (node: RunningNode | undefined): readonly string[] =>
  node === undefined ? [] : addressesOf(node.host)
