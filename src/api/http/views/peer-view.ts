import type { Finding, PeerRecord, SpOverview } from '../../../index.js'
import type { Static } from '../../../kit/http/schema-type.js'
import type { DoctorSchema } from '../schemas/doctor.js'
import type { PeerSchema, SpSchema } from '../schemas/peers.js'

/** @param self our own peer id while we run */
export const peerView = (peer: PeerRecord, self: string | undefined): Static<typeof PeerSchema> => ({
  peerId: peer.peerId,
  sp: peer.sp ?? null,
  self: peer.peerId === self,
  state: peer.state,
  standing: peer.standing,
  proven: peer.proven,
  tied: peer.tied,
  blocked: peer.blocked,
  source: peer.source,
  connected: peer.connected,
  addresses: peer.addresses.map(({ address }) => address),
  addressDetails: peer.addresses.map(({ address, lastSuccess }) => ({ address, lastSuccess: lastSuccess ?? null })),
  rttMs: peer.rttMs ?? null,
  firstSeen: peer.firstSeen,
  lastSuccess: peer.lastSuccess ?? null,
  failures: peer.failures,
  lastError: peer.lastError ?? null
})

export const spView = (sp: SpOverview): Static<typeof SpSchema> => ({
  operatorAddress: sp.operatorAddress,
  approvalAddress: sp.approvalAddress,
  endpoint: sp.endpoint,
  status: sp.status,
  nodes: sp.nodes.map(({ peerId, addresses }) => ({ peerId, addresses: [...addresses] })),
  ...(sp.dataChunks === undefined ? {} : { dataChunks: sp.dataChunks }),
  self: sp.self,
  reachable: sp.reachable,
  peers: sp.peers,
  connected: sp.connected,
  verified: sp.verified,
  lastSeen: sp.lastSeen ?? null,
  fairness: {
    asked: sp.fairness.asked,
    answered: sp.fairness.answered,
    accepted: sp.fairness.accepted,
    lastAsked: sp.fairness.lastAsked ?? null,
    lastAnswer: sp.fairness.lastAnswer ?? null
  }
})

export const doctorView = (findings: readonly Finding[]): Static<typeof DoctorSchema> => ({
  ok: findings.every(({ verdict }) => verdict !== 'fail'),
  findings: findings.map(({ check, verdict, what, todo }) => ({
    check,
    verdict,
    what,
    ...(todo === undefined ? {} : { todo })
  }))
})
