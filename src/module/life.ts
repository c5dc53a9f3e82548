/** What a start opens and a stop closes, in order. */

import { LifecycleError } from '../errors.js'
import { deadlineSignal } from '../kit/clock.js'
import { componentLogger } from '../logger.js'
import type { HostDoor } from '../protocols/host/host.js'
import type { RunningNode } from './node.js'
import type { Parts } from './parts.js'
import type { Watch } from './watch.js'

/** Part of the drain bound that running asks may use; the rest is for closing. */
const ASKS_SHARE = 0.7

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
 * Closes in reverse whatever happens; what failed is logged and told at the end.
 *
 * @param drainMs upper bound of the wait for running work
 * @throws LifecycleError
 */
export async function closeAll({ parts, node, watch, door }: Running, drainMs: number): Promise<void> {
  const { chain, store, bookStore, bookWriter, ledger, policy, clock, logger } = parts
  const asks = deadlineSignal(clock, drainMs * ASKS_SHARE)
  const bound = deadlineSignal(clock, drainMs)
  const steps: readonly (readonly [name: string, close: () => unknown])[] = [
    // Both at once: nothing is granted any more while our own asks are drained.
    [
      'asks and grants',
      () => Promise.all([node?.asker.stop({ signal: asks.signal }), node?.approver.stop({ signal: bound.signal })])
    ],
    ['wire', () => node?.wire.stop({ signal: bound.signal })],
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
  const failed: unknown[] = []
  for (const [name, close] of steps) {
    try {
      await close()
    } catch (error) {
      componentLogger(logger, 'module/life').error({ step: name, error }, 'could not stop cleanly')
      failed.push(error)
    }
  }
  asks.clear()
  bound.clear()
  if (failed.length > 0) throw new LifecycleError('p2p: not everything stopped cleanly', { cause: failed[0] })
}
