import { loggerFault } from '../logger.js'
import { VERSION } from '../version.js'
import type { Parts } from './parts.js'

/** Sweeps between two looks at what takes time: every grant, and the folder of the store. */
const SLOW_ROUNDS = 10

/** Sets the gauges that no event updates; called once a second. */
export function gaugesOf(parts: Parts): () => Promise<void> {
  const { metrics, verifier, book, resources, chain, store, bookStore, ledger, policy } = parts
  let round = 0
  metrics.buildInfo.set({ version: VERSION, backend: verifier.backend }, 1)
  return async () => {
    const { height, heightAgeMs, listAgeMs, sps } = chain.status()
    renewAlarms(parts)
    metrics.spsKnown.set(sps)
    if (height === undefined) metrics.chainHeight.remove()
    else metrics.chainHeight.set(Number(height))
    if (heightAgeMs === undefined) metrics.chainHeightAge.remove()
    else metrics.chainHeightAge.set(heightAgeMs / 1000)
    if (listAgeMs === undefined) metrics.chainListAge.remove()
    else metrics.chainListAge.set(listAgeMs / 1000)
    for (const [state, count] of Object.entries(book.counts())) metrics.peers.set({ state }, count)
    const usage = resources.system.usage()
    for (const [resource, held] of Object.entries(usage)) metrics.resourcesReserved.set({ resource }, held)
    metrics.connections.set({ direction: 'inbound' }, usage.connsInbound)
    metrics.connections.set({ direction: 'outbound' }, usage.connsOutbound)
    metrics.capacityPromised.set(Number((await ledger.totals()).bytes))
    metrics.capacityTotal.set(Number(policy.limits().capacityBytes))
    if (round++ % SLOW_ROUNDS !== 0) return
    const counts = { live: 0, consumed: 0, released: 0, expired: 0 }
    for (const { state } of await ledger.list()) counts[state]++
    for (const [state, count] of Object.entries(counts)) metrics.grants.set({ state }, count)
    metrics.storeBytes.set((await store.sizeBytes()) + (await bookStore.sizeBytes()))
  }
}

/** Alarms of parts that do not raise them but are asked, and what is told of all that are in force. */
function renewAlarms(parts: Parts): void {
  const { alarms, bookWriter, chain, logger, metrics, nonces, policy, sideFaults, store, storeFault } = parts
  const health = store.health(chain.status().height)
  const damage =
    health.state === 'ready' ? undefined : `nothing is granted until height ${health.until}: ${health.reason}`
  alarms.set('store', damage)
  alarms.set('policy', policy.alarm?.())
  alarms.set('create-time', nonces.alarm(), { cause: 'ahead' })
  alarms.set('policy-command', policy.fault?.())
  alarms.set('store-write', storeFault())
  alarms.set('peer-book', bookWriter.fault)
  alarms.set('log', loggerFault(logger))
  alarms.set('listener', sideFaults.of('listener'))
  alarms.set('metrics', sideFaults.of('metrics'))
  alarms.remind()
  metrics.alarm.reset()
  for (const { kind } of alarms.list) metrics.alarm.set({ kind }, 1)
}
