import type { ConnectionGater, PeerId } from '@libp2p/interface'
import { ipOf, isPrivateIp } from '../addresses/private.js'
import type { DialGate, InboundGate } from './host.js'

/** libp2p's questions before a connection, answered by gates that are set while the module runs. */
export interface HostGates {
  readonly gater: ConnectionGater
  setInbound(gate: InboundGate | undefined): void
  setDials(gate: DialGate | undefined): void
  deniesDial(peerId: PeerId): boolean
}

export function hostGates({ allowPrivate }: { readonly allowPrivate: boolean }): HostGates {
  let inbound: InboundGate | undefined
  let dials: DialGate | undefined
  const deniesDial = (peerId: PeerId): boolean => dials?.(peerId) === 'deny'
  return {
    gater: {
      denyDialPeer: deniesDial,
      // The dial door resolves names before libp2p sees an address.
      denyDialMultiaddr: address => !allowPrivate && isPrivateIp(ipOf(address) ?? ''),
      denyInboundEncryptedConnection: (peerId, connection) => inbound?.(peerId, connection.remoteAddr) === 'deny'
    },
    setInbound: gate => {
      inbound = gate
    },
    setDials: gate => {
      dials = gate
    },
    deniesDial
  }
}
