import type { Poller } from '../kit/poller.js'
import type { ChainGuard } from './guard.js'
import type { ChainConnector } from './index.js'

/** A connector that reads on its own, and at once when asked to. */
export interface PolledChain extends ChainConnector {
  confirmList(): void
  resetHeight(): void
  /** Resolves after a reading that began with this call. */
  refresh(): Promise<void>
}

interface Parts {
  readonly name: string
  readonly guard: ChainGuard
  readonly pollers: readonly Poller[]
}

/** A connector from its guard and whatever reads for it. */
export function connector({ name, guard, pollers }: Parts): PolledChain {
  const all = async (act: (poller: Poller) => Promise<void>): Promise<void> => {
    await Promise.all(pollers.map(act))
  }
  return {
    name,
    registry: guard,
    heights: guard,
    start: async () => {
      await guard.open()
      await all(poller => poller.start())
    },
    stop: async () => {
      await all(poller => poller.stop())
      await guard.flush()
    },
    refresh: () => all(poller => poller.now()),
    status: () => guard.status(),
    confirmList: () => guard.confirmList(),
    resetHeight: () => {
      guard.resetHeight()
      void all(poller => poller.now())
    }
  }
}
