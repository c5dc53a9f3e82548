import type { HostDoor } from './host.js'
import type { OwnHostOptions } from './own-host.js'

/**
 * Loads libp2p when a host is first opened, not with the package: 150 modules that whoever reads keys, a policy or a
 * configuration does without.
 */
export function ownHost(options: OwnHostOptions): HostDoor {
  let loading: Promise<HostDoor> | undefined
  const door = (): Promise<HostDoor> => {
    loading ??= import('./own-host.js').then(module => module.ownHost(options))
    return loading
  }
  return {
    open: async () => (await door()).open(),
    close: async host => (await door()).close(host)
  }
}
