import type { ConnectionGater, PeerId } from '@libp2p/interface'
import { ipOf, isPrivateIp } from '../addresses/private.js'
import { boundNegotiation } from '../muxer/negotiation-bound.js'
import type { StreamRates } from '../muxer/stream-allowance.js'
import type { DialGate, InboundGate } from './host.js'
import { PendingInbound, type PendingInboundInit } from './pending-inbound.js'

/** libp2p's questions before a connection, answered by gates that are set while the module runs. */
export interface HostGates {
  readonly gater: ConnectionGater
  setInbound(gate: InboundGate | undefined): void
  setDials(gate: DialGate | undefined): void
  deniesDial(peerId: PeerId): boolean
  /** How fast the peer may open streams; `undefined` while no gate is set. */
  streamRates(peerId: PeerId): StreamRates | undefined
}

export function hostGates(init: PendingInboundInit): HostGates {
  const { allowPrivate } = init
  const pending = new PendingInbound(init)
  let inbound: InboundGate | undefined
  let dials: DialGate | undefined
  const deniesDial = (peerId: PeerId): boolean => dials?.(peerId) === 'deny'
  return {
    gater: {
      denyDialPeer: deniesDial,
      // The dial door resolves names before libp2p sees an address.
      denyDialMultiaddr: address => !allowPrivate && isPrivateIp(ipOf(address) ?? ''),
      denyInboundConnection: connection => {
        boundNegotiation(connection)
        return !pending.enter(connection)
      },
      denyInboundEncryptedConnection: (peerId, connection) => inbound?.judge(peerId, connection.remoteAddr) === 'deny',
      denyInboundUpgradedConnection: (_, connection) => {
        pending.leave(connection)
        return false
      }
    },
    setInbound: gate => {
      inbound = gate
    },
    setDials: gate => {
      dials = gate
    },
    deniesDial,
    streamRates: peerId => inbound?.streamRates(peerId)
  }
}
