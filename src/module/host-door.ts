import type { HostDoor } from '../protocols/host/host.js'
import type { NodeHostOptions } from './node-host.js'

/** Loads libp2p when a host is first opened: 150 modules that keys, policy and configuration do without. */
export function hostDoor(options: NodeHostOptions): HostDoor {
  let loading: Promise<HostDoor> | undefined
  const door = (): Promise<HostDoor> => {
    loading ??= import('./node-host.js').then(module => module.nodeHost(options))
    return loading
  }
  return {
    open: async () => (await door()).open(),
    close: async host => (await door()).close(host)
  }
}
