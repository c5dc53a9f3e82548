/** A module whose every method fails as told: faults that a healthy network does not produce. */
import type { SpApproval } from '../../../src/index.js'

const METHODS: readonly (keyof SpApproval)[] = [
  'handleReplicatePieceApproval',
  'handleQueryBootstrap',
  'createTask',
  'verifyApproval',
  'grants',
  'consume',
  'releaseGrant',
  'releaseApproval',
  'tasks',
  'cancelTask',
  'peers',
  'peer',
  'addPeer',
  'removePeer',
  'pingPeer',
  'blockPeer',
  'unblockPeer',
  'sps',
  'diagnose',
  'explainPolicy',
  'describePolicy',
  'resources',
  'overview',
  'confirmList',
  'resetHeight',
  'acceptLoss'
]

export interface Fault {
  /** What every method throws; the real module answers while it is undefined. */
  error: Error | undefined
}

export function failingModule(module: SpApproval, fault: Fault): SpApproval {
  return new Proxy(module, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      const asked = METHODS.some(method => method === name)
      return (...args: unknown[]): unknown => {
        if (asked && fault.error !== undefined) throw fault.error
        return Reflect.apply(value, target, args)
      }
    }
  })
}
