import type { Grant } from '../domain/grant.js'
import { StoreError } from '../errors.js'
import type { ApprovalStore } from './index.js'

/** For tests and trials: a new process knows no promise of the old one. The same object may be closed and opened. */
export function memoryStore(): ApprovalStore {
  const grants = new Map<string, Grant>()
  const createTimes = new Map<string, bigint>()
  let floor: bigint | undefined
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
    lastCreateTime: async objectId => {
      opened()
      return createTimes.get(objectId) ?? floor
    },
    putCreateTime: async (objectId, createTime) => {
      opened()
      const last = createTimes.get(objectId) ?? floor
      if (last === undefined || createTime > last) createTimes.set(objectId, createTime)
    },
    resetCreateTimes: async createTime => {
      opened()
      createTimes.clear()
      floor = createTime
    },
    acceptLoss: async () => opened(),
    sizeBytes: async () => 0
  }
}
