import { VERSION } from '../version.js'
import type { Parts } from './parts.js'

/** Sweeps between two readings of the store's size, each of which lists its folder. */
const STORE_ROUNDS = 10

/** Sets the gauges that no event updates; called once a second. */
export function gaugesOf(parts: Parts): () => Promise<void> {
  const { metrics, verifier, book, resources, chain, store, bookStore } = parts
  let round = 0
  metrics.buildInfo.set({ version: VERSION, backend: verifier.backend }, 1)
  return async () => {
    const { height, heightAgeMs, sps } = chain.status()
    renewAlarms(parts)
    metrics.spsKnown.set(sps)
    if (height === undefined) metrics.chainHeight.reset()
    else metrics.chainHeight.set(Number(height))
    if (heightAgeMs === undefined) metrics.chainHeightAge.reset()
    else metrics.chainHeightAge.set(heightAgeMs / 1000)
    for (const [state, count] of Object.entries(book.counts())) metrics.peers.set({ state }, count)
    for (const [resource, held] of Object.entries(resources.system.usage())) {
      metrics.resourcesReserved.set({ resource }, held)
    }
    if (round++ % STORE_ROUNDS === 0) metrics.storeBytes.set((await store.sizeBytes()) + (await bookStore.sizeBytes()))
  }
}

/** Alarms of parts that do not raise them but are asked, and what is told of all that are in force. */
function renewAlarms({ alarms, chain, metrics, policy, store }: Parts): void {
  const health = store.health(chain.status().height)
  const damage =
    health.state === 'ready' ? undefined : `nothing is granted until height ${health.until}: ${health.reason}`
  alarms.set('store', damage)
  alarms.set('policy', policy.alarm?.())
  alarms.remind()
  metrics.alarm.reset()
  for (const { kind } of alarms.list) metrics.alarm.set({ kind }, 1)
}
