/** What a start opens and a stop closes, in order. */

import { raceSignal } from 'race-signal'
import { LifecycleError, messageOf } from '../errors.js'
import { type Clock, deadlineSignal } from '../kit/clock.js'
import { componentLogger } from '../logger.js'
import type { HostDoor } from '../protocols/host/host.js'
import type { RunningNode } from './node.js'
import type { Parts } from './parts.js'
import type { Watch } from './watch.js'

/** Shares of the drain bound after which running asks, then grants being made, are broken off; the rest is for closing. */
const ASKS_SHARE = 0.7
const GRANTS_SHARE = 0.75
/** Time for what was broken off to end. */
const END_SHARE = 0.05
/** A stop has at least this long, ms, however short the drain bound: closing a host takes its time on a busy machine. */
const LEAST_MS = 2_000

/** Opens everything below the host: grants and peer book are loaded before any peer can ask. */
export async function openParts(parts: Parts): Promise<void> {
  const { chain, store, bookStore, book, bookWriter, ledger, nonces, policy, verifier } = parts
  const logger = componentLogger(parts.logger, 'module/life')
  logger.info({ backend: verifier.backend, store: store.kind }, 'signature backend and store')
  if (store.kind === 'memory') logger.warn({}, 'grants are kept in memory only: promises are lost at a restart')
  await policy.start?.()
  await store.open()
  await bookStore.open()
  const kept = await bookStore.load()
  bookWriter.start(kept)
  book.restore(kept)
  await ledger.start()
  await nonces.start()
  await chain.start()
}

export interface Running {
  readonly parts: Parts
  readonly node: RunningNode | undefined
  readonly watch: Watch | undefined
  readonly door: HostDoor
}

/**
 * Closes in reverse whatever happens, also what hangs: a step that takes long is left behind, and the next one begins. What
 * failed or hangs is logged and told at the end.
 *
 * @param drainMs upper bound of it all, running work included; two seconds at least
 * @throws LifecycleError
 */
export async function closeAll({ parts, node, watch, door }: Running, drainMs: number): Promise<void> {
  const { chain, store, bookStore, bookWriter, ledger, policy, clock } = parts
  const logger = componentLogger(parts.logger, 'module/life')
  const until = clock.monotonic() + Math.max(drainMs, LEAST_MS)
  const shares = [ASKS_SHARE, GRANTS_SHARE].map(share => deadlineSignal(clock, drainMs * share))
  const [asks, grants] = shares.map(({ signal }) => signal) as [AbortSignal, AbortSignal]
  const steps: readonly (readonly [name: string, close: () => unknown])[] = [
    ['wire', () => node?.wire.stop({ signal: grants })],
    ['watch', () => watch?.stop()],
    [
      'door',
      () => {
        node?.announced.stop()
        node?.strangers.stop()
        return node?.storedPeers.stop()
      }
    ],
    ['keeper', () => Promise.all([node?.keeper.stop(), node?.seeker?.stop()])],
    ['host', () => (node === undefined ? undefined : door.close(node.host))],
    ['connections', () => node?.connections.stop()],
    ['chain', () => chain.stop()],
    ['ledger', () => ledger.stop()],
    ['store', () => store.close()],
    ['kept peers', () => bookWriter.stop()],
    ['peer book', () => bookStore.close()],
    ['policy', () => policy.stop?.()]
  ]
  const faults = new Map<string, unknown>()
  const failed = (step: string, error: unknown): void => {
    logger.error({ step, error: messageOf(error) }, 'could not stop cleanly')
    faults.set(step, error)
  }
  let isDrained = false
  // Both at once: nothing is granted any more while our own asks are drained.
  const drained = Promise.all([node?.asker.stop({ signal: asks }), node?.approver.stop({ signal: grants })])
    .catch((error: unknown) => failed('asks and grants', error))
    .finally(() => {
      isDrained = true
    })
  await raceSignal(drained, grants).catch(() => undefined)
  if (!isDrained) await within(drained, drainMs * END_SHARE, clock)
  if (!isDrained) failed('asks and grants', new LifecycleError('they go on though they were broken off'))
  /** Those that have not ended. */
  const closing = new Map<string, Promise<unknown>>()
  for (const [index, [name, close]] of steps.entries()) {
    const step = (async () => void (await close()))()
      .catch((error: unknown) => failed(name, error))
      .finally(() => closing.delete(name))
    closing.set(name, step)
    await within(step, (until - clock.monotonic()) / (steps.length - index), clock)
  }
  await within(Promise.all(closing.values()), until - clock.monotonic(), clock)
  for (const name of closing.keys()) failed(name, new LifecycleError('it is still closing when the time is over'))
  for (const share of shares) share.clear()
  if (faults.size === 0) return
  const names = [...faults].map(([name, error]) => `${name} (${messageOf(error)})`).join(', ')
  const [cause] = faults.values()
  throw new LifecycleError(`p2p: not everything stopped cleanly: ${names}`, { cause })
}

/** Waits for work that never rejects, for a time at most. */
async function within(work: Promise<unknown>, ms: number, clock: Clock): Promise<void> {
  const { signal, clear } = deadlineSignal(clock, Math.max(0, ms))
  await raceSignal(work, signal).catch(() => undefined)
  clear()
}
