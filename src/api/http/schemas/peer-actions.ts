import { Type } from '../../../kit/http/schema-type.js'
import { nullable, PeerId } from './common.js'

/** Pings of one call: an operator looks at a node, a load test is something else. */
export const MAX_PINGS = 10

export const PeerParams = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 128, description: 'libp2p peer id', 'x-expected': 'a peer id' })
})

export const AddPeerBody = Type.Object(
  {
    entry: Type.String({
      minLength: 1,
      maxLength: 512,
      description: 'PEERID@HOST:PORT, HOST an IPv4, an [IPv6] or a DNS name',
      'x-expected': 'PEERID@HOST:PORT',
      examples: ['16Uiu2HAmG4KTyFsK71BVwjY4z6WwcNBVb6vAiuuL9ASWdqiTzNZH@sp1.example.com:9933']
    })
  },
  { additionalProperties: false, title: 'PeerEntry' }
)

export const PingQuery = Type.Object(
  {
    count: Type.Optional(
      Type.Integer({ minimum: 1, maximum: MAX_PINGS, default: 1, description: 'One after the other, a second apart' })
    )
  },
  { additionalProperties: false }
)

export const PingReportSchema = Type.Object(
  {
    peerId: PeerId,
    sent: Type.Integer(),
    received: Type.Integer({ description: 'At least one; a node that answers none is 503 ERR_UNREACHABLE' }),
    pings: Type.Array(
      Type.Object({ rttMs: nullable(Type.Number()), error: nullable(Type.String()) }, { title: 'PeerPing' }),
      { description: 'In the order in which they were sent: a round trip, or why there is none' }
    )
  },
  {
    title: 'PingReport',
    examples: [
      {
        peerId: '16Uiu2HAmG4KTyFsK71BVwjY4z6WwcNBVb6vAiuuL9ASWdqiTzNZH',
        sent: 1,
        received: 1,
        pings: [{ rttMs: 12.5, error: null }]
      }
    ]
  }
)

export const PeerRemovedSchema = Type.Object(
  {
    peerId: PeerId,
    removed: Type.True(),
    named: Type.Boolean({ description: 'SP list, pin or configuration name it, so that it is known again at once' })
  },
  { title: 'PeerRemoved' }
)

export const PeerBlockSchema = Type.Object({ peerId: PeerId, blocked: Type.Boolean() }, { title: 'PeerBlock' })
