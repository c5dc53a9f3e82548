import type { Poller } from '../kit/poller.js'
import type { ChainGuard } from './guard.js'
import type { ChainConnector, HeightSource } from './index.js'

/** A connector that reads periodically, and at once on request. */
export interface PolledChain extends ChainConnector {
  confirmList(): void
  resetHeight(): void
  /** Resolves after a reading that began with this call. */
  refresh(options?: { readonly asIs?: boolean }): Promise<void>
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
  /** After `resetHeight`: the source forgets its earlier readings, which would hide the next height. */
  readonly forget?: () => void
  /** Before a reading that an operator asks for: what the source waits for has come. */
  readonly hurry?: () => void
}

/** Combines a guard and the pollers that feed it into a connector. */
export function connector({ name, guard, heights = guard, pollers, open, close, forget, hurry }: Parts): PolledChain {
  const all = async (act: (poller: Poller) => Promise<void>): Promise<void> => {
    await Promise.all(pollers.map(act))
  }
  return {
    name,
    registry: guard,
    heights,
    alarms: guard.alarms,
    start: async () => {
      await guard.open()
      await open?.()
      await all(poller => poller.start())
    },
    stop: async () => {
      await Promise.all([all(poller => poller.stop()), close?.()])
      await guard.flush()
    },
    refresh: ({ asIs = false } = {}) => {
      if (asIs) hurry?.()
      return all(poller => poller.now())
    },
    status: () => guard.status(),
    confirmList: () => guard.confirmList(),
    resetHeight: () => {
      guard.resetHeight()
      forget?.()
      void all(poller => poller.now())
    }
  }
}
