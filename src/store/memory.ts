import type { CreateTimeSpan } from '../domain/create-time.js'
import type { Grant } from '../domain/grant.js'
import { StoreError } from '../errors.js'
import type { ApprovalStore } from './index.js'

/** For tests and trials: a new process knows no promise of the old one. The same object may be closed and opened. */
export function memoryStore(): ApprovalStore {
  const grants = new Map<string, Grant>()
  let createTimes: readonly CreateTimeSpan[] = []
  let open = false
  const opened = (): void => {
    if (!open) throw new StoreError('closed', 'store: expected an open store, it is closed')
  }
  return {
    kind: 'memory',
    open: async () => {
      open = true
    },
    close: async () => {
      open = false
    },
    health: () => ({ state: 'ready' }),
    loadGrants: async () => {
      opened()
      return [...grants.values()]
    },
    putGrant: async grant => {
      opened()
      grants.set(grant.key, grant)
    },
    deleteGrants: async keys => {
      opened()
      for (const key of keys) grants.delete(key)
    },
    createTimes: async () => {
      opened()
      return createTimes
    },
    putCreateTimes: async spans => {
      opened()
      createTimes = spans
    },
    acceptLoss: async () => opened(),
    sizeBytes: async () => 0
  }
}
