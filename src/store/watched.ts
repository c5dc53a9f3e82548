import { messageOf } from '../errors.js'
import type { ApprovalStore } from './index.js'

const WRITES: readonly (string | symbol)[] = [
  'putGrant',
  'deleteGrants',
  'putCreateTimes'
] satisfies (keyof ApprovalStore)[]

export interface WatchedStore {
  readonly store: ApprovalStore
  /** What the last write failed with: a full disk is no matter of how the store was opened. */
  readonly fault: () => string | undefined
}

/** The same store; how its last write ended is remembered. */
export function watchedStore(store: ApprovalStore): WatchedStore {
  let fault: string | undefined
  const watched =
    (write: (...args: unknown[]) => Promise<unknown>) =>
    async (...args: unknown[]): Promise<unknown> => {
      try {
        const result = await write(...args)
        fault = undefined
        return result
      } catch (error) {
        fault = messageOf(error)
        throw error
      }
    }
  const methods = new Map<string | symbol, unknown>()
  const get = (target: ApprovalStore, name: string | symbol): unknown => {
    const value: unknown = Reflect.get(target, name)
    if (typeof value !== 'function') return value
    const known = methods.get(name)
    if (known !== undefined) return known
    const method = WRITES.includes(name) ? watched(value.bind(target)) : value.bind(target)
    methods.set(name, method)
    return method
  }
  return { store: new Proxy(store, { get }), fault: () => fault }
}
