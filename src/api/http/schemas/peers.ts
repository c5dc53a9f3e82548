import { Type } from 'typebox'
import { Address, nullable, oneOf, PeerId, UnixMs } from './common.js'

export const PEER_STATES = ['hint', 'claimed', 'verified', 'failing', 'zombie'] as const

export const PeerSchema = Type.Object(
  {
    peerId: PeerId,
    sp: nullable(Address),
    state: oneOf(PEER_STATES),
    addresses: Type.Array(Type.String({ description: 'Multiaddr without /p2p/…' })),
    source: oneOf(['registry', 'pin', 'bootstrap', 'operator', 'inbound', 'pong', 'dht']),
    connected: Type.Boolean(),
    rttMs: nullable(Type.Number()),
    lastSuccess: nullable(UnixMs),
    failures: Type.Integer({ description: 'Consecutive' }),
    lastError: nullable(Type.String())
  },
  { title: 'Peer' }
)

export const PeerPageSchema = Type.Object(
  {
    peers: Type.Array(PeerSchema),
    total: Type.Integer({ description: 'How many match, on all pages' }),
    nextCursor: nullable(Type.String({ description: 'Give it as `cursor` to get the next page' }))
  },
  { title: 'PeerPage' }
)

export const PeerQuery = Type.Object(
  {
    sp: Type.Optional(Type.String({ maxLength: 64, description: 'Any spelling of the SP address' })),
    state: Type.Optional(oneOf(PEER_STATES)),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
    cursor: Type.Optional(Type.String({ maxLength: 256 }))
  },
  { additionalProperties: false }
)

export const SpNodeSchema = Type.Object({ peerId: PeerId, addresses: Type.Array(Type.String()) }, { title: 'SpNode' })

const entry = {
  operatorAddress: Address,
  approvalAddress: Type.String({ description: "'' where unknown" }),
  endpoint: Type.String({ description: "URL of the SP's gateway, '' where unknown" }),
  status: oneOf(['IN_SERVICE', 'IN_JAILED', 'GRACEFUL_EXITING', 'FORCED_EXITING', 'IN_MAINTENANCE']),
  nodes: Type.Array(SpNodeSchema),
  dataChunks: Type.Optional(Type.Integer({ description: 'Data chunks the chain prescribes, where known' }))
}

export const SpEntrySchema = Type.Object(entry, { title: 'SpEntry' })

export const SpSchema = Type.Object(
  {
    ...entry,
    self: Type.Boolean(),
    reachable: Type.Boolean(),
    peers: Type.Integer({ description: 'Known nodes of this SP' })
  },
  { title: 'Sp' }
)

export const SpListSchema = Type.Object({ sps: Type.Array(SpSchema) }, { title: 'SpList' })

export const SpParams = Type.Object({
  address: Type.String({ minLength: 1, maxLength: 64, description: 'Any spelling of the SP address' })
})
