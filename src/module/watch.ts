import { raceSignal } from 'race-signal'
import { MAX_ADDRESSES_PER_NODE } from '../chain/entry-rules.js'
import { messageOf, NotRunningError, WaitAbortedError } from '../errors.js'
import { sharedAbort } from '../kit/abort.js'
import { Poller } from '../kit/poller.js'
import { componentLogger } from '../logger.js'
import { announcedAddresses } from '../protocols/host/own-addresses.js'
import { spsMissing, spsReachable } from './doctor/overview.js'
import { gaugesOf } from './gauges.js'
import type { RunningNode } from './node.js'
import type { Emit, Parts } from './parts.js'

/** Housekeeping of a running node: follows list, height and own addresses, and wakes callers of `waitForSps`. */
export interface Watch {
  start(): Promise<void>
  stop(): void
  /** Resolves once at least `min` SPs are reachable. @throws WaitAbortedError, NotRunningError */
  until(min: number, signal?: AbortSignal): Promise<number>
}

const SWEEP_MS = 1_000
/** Between two tries to write a store that failed. */
const RENEW_SWEEPS = 5
/** Time a pong may take: with a shorter period, failures of one outage would be judged apart. */
const SETTLE_MS = 5_000

export function nodeWatch(parts: Parts, node: RunningNode, emit: Emit): Watch {
  const { chain, book, fairness, ledger, clock, metrics, allowPrivate } = parts
  const logger = componentLogger(parts.logger, 'module/watch')
  const gauges = gaugesOf(parts)
  const stopping = sharedAbort()
  const waiting = new Set<() => void>()
  const { events } = node.host
  let offChange: (() => void) | undefined
  let offNews: (() => void) | undefined
  let announced: string | undefined

  const changed = (): void => {
    metrics.spsReachable.set(spsReachable(parts))
    for (const go of waiting) go()
    waiting.clear()
  }
  const syncList = (): void => {
    try {
      const entries = chain.registry.list()
      book.sync(entries)
      fairness.keepOnly(new Set(entries.map(entry => entry.operatorAddress)))
    } catch (error) {
      logger.warn({ error: messageOf(error) }, 'no SP list')
    }
  }
  /** Our addresses can change after the start (observed addresses, new interfaces): announce what is new. */
  const announce = async (): Promise<void> => {
    const addresses = announcedAddresses(node.host, { allowPrivate, max: MAX_ADDRESSES_PER_NODE })
    const text = addresses.join()
    if (chain.announce === undefined || text === announced) return
    announced = text
    try {
      await chain.announce({ peerId: node.peerId, addresses, prove: node.host.sign })
    } catch (error) {
      announced = undefined
      logger.warn({ error: messageOf(error) }, 'could not announce our node')
    }
  }
  const onSelf = (): void => void announce()
  let untilRenewal = RENEW_SWEEPS
  /** A store that could not be written is tried again, or it would stay out of use until somebody asks. */
  const renewStore = (): void => {
    if (parts.storeFault() === undefined || --untilRenewal > 0) return
    untilRenewal = RENEW_SWEEPS
    parts.nonces.renew().catch(() => undefined)
  }
  let settled = clock.monotonic()
  /** Failures of one ping period are judged together. */
  const settlePeers = (): void => {
    if (clock.monotonic() - settled < Math.max(parts.pingPeriodMs, SETTLE_MS)) return
    settled = clock.monotonic()
    book.settle()
  }
  const sweep = (): void => {
    settlePeers()
    renewStore()
    const { height } = chain.status()
    if (height !== undefined) {
      ledger.sweep(height).catch((error: unknown) => logger.error({ error: messageOf(error) }, 'grants not swept'))
    }
    gauges().catch((error: unknown) => logger.warn({ error: messageOf(error) }, 'figures not taken'))
    void announce()
  }
  const sweeps = new Poller({ clock, intervalMs: SWEEP_MS, poll: sweep })

  return {
    async start() {
      offChange = chain.registry.onChange(change => {
        syncList()
        for (const kind of ['added', 'changed', 'removed'] as const) {
          for (const entry of change[kind]) emit('sp:updated', { change: kind, entry })
        }
        changed()
      })
      offNews = book.onNews(({ kind }) => {
        if (kind === 'claimed') changed()
      })
      syncList()
      // The keeper has heard of them first.
      events.addEventListener('peer:connect', changed)
      events.addEventListener('peer:disconnect', changed)
      events.addEventListener('self:peer:update', onSelf)
      changed()
      await announce()
      await sweeps.start()
    },
    stop() {
      void sweeps.stop()
      offChange?.()
      offNews?.()
      events.removeEventListener('peer:connect', changed)
      events.removeEventListener('peer:disconnect', changed)
      events.removeEventListener('self:peer:update', onSelf)
      stopping.abort(new NotRunningError('wait', 'stopping'))
    },
    async until(min, signal) {
      for (;;) {
        const count = spsReachable(parts)
        if (count >= min) return count
        if (signal?.aborted) throw new WaitAbortedError(count, min, spsMissing(parts), { cause: signal.reason })
        const change = new Promise<void>(resolve => waiting.add(resolve))
        const aborted = signal && raceSignal(change, signal).catch(() => undefined)
        await raceSignal(aborted ?? change, stopping.signal)
      }
    }
  }
}
