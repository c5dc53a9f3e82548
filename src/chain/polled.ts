import type { Poller } from '../kit/poller.js'
import type { ChainGuard } from './guard.js'
import type { ChainConnector, HeightSource } from './index.js'

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
  /** Default: the guard. */
  readonly heights?: HeightSource
  readonly pollers: readonly Poller[]
  /** After the state of an earlier run was read, before the first reading. */
  readonly open?: () => Promise<void>
  readonly close?: () => Promise<void> | void
  /** The operator believes the next height: what the source keeps of earlier readings must not hide it. */
  readonly forget?: () => void
}

/** A connector from its guard and what reads for it. */
export function connector({ name, guard, heights = guard, pollers, open, close, forget }: Parts): PolledChain {
  const all = async (act: (poller: Poller) => Promise<void>): Promise<void> => {
    await Promise.all(pollers.map(act))
  }
  return {
    name,
    registry: guard,
    heights,
    start: async () => {
      await guard.open()
      await open?.()
      await all(poller => poller.start())
    },
    stop: async () => {
      await Promise.all([all(poller => poller.stop()), close?.()])
      await guard.flush()
    },
    refresh: () => all(poller => poller.now()),
    status: () => guard.status(),
    confirmList: () => guard.confirmList(),
    resetHeight: () => {
      guard.resetHeight()
      forget?.()
      void all(poller => poller.now())
    }
  }
}
