import { DIAL_REASONS, NO_DIAL_REASONS } from '../../../index.js'
import { Type } from '../../../kit/http/schema-type.js'
import { Address, nullable, PeerId, UnixMs } from './common.js'

export const PEER_STATES = ['hint', 'claimed', 'verified', 'failing', 'zombie'] as const

const EXAMPLE_PEER = {
  peerId: '16Uiu2HAmG4KTyFsK71BVwjY4z6WwcNBVb6vAiuuL9ASWdqiTzNZH',
  sp: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
  self: false,
  state: 'verified',
  standing: 'verified',
  proven: false,
  tied: true,
  blocked: false,
  source: 'registry',
  connected: true,
  addresses: ['/dns4/sp1.example.com/tcp/9933'],
  addressDetails: [{ address: '/dns4/sp1.example.com/tcp/9933', lastSuccess: 1_767_225_600_000 }],
  rttMs: 12.5,
  firstSeen: 1_767_139_200_000,
  lastSuccess: 1_767_225_601_000,
  failures: 0,
  lastError: null,
  dial: { state: 'not-planned', reason: 'connected', nextTryMs: null }
}

const DialSchema = Type.Object(
  {
    state: Type.Enum(['dialling', 'planned', 'not-planned'], {
      description: 'planned: begins as soon as there is room'
    }),
    reason: Type.Enum([...DIAL_REASONS, 'ask', 'operator', 'partition-probe', ...NO_DIAL_REASONS], {
      description: 'Why the node is dialled, or why not'
    }),
    nextTryMs: nullable(Type.Number({ description: 'Until the end of its back-off' }))
  },
  { title: 'Dial', description: 'What becomes of its next dial; of one node only, while the module runs' }
)

export const PeerSchema = Type.Object(
  {
    peerId: PeerId,
    sp: nullable(Address),
    self: Type.Boolean({ description: 'Our own node' }),
    state: Type.Enum(PEER_STATES, { description: 'Standing and health as one word' }),
    standing: Type.Enum(['hint', 'claimed', 'verified'], {
      description:
        'hint: only heard of. claimed: a 0.0.1 signature of its SP came from it. verified: pin or SP list tie it to its SP, and it answered a dial of ours'
    }),
    proven: Type.Boolean({ description: 'Claimed, and it brought a valid approval of an ask of ours' }),
    tied: Type.Boolean({ description: 'A pin or the SP list names it now' }),
    blocked: Type.Boolean({ description: 'By an operator: neither dialled nor let in' }),
    source: Type.Enum(['registry', 'pin', 'bootstrap', 'operator', 'inbound', 'pong', 'dht'], {
      description: 'Where we first heard of it'
    }),
    connected: Type.Boolean(),
    addresses: Type.Array(Type.String({ description: 'Multiaddr without /p2p/…' }), {
      description: 'Best first: the one that last answered a dial'
    }),
    addressDetails: Type.Array(
      Type.Object(
        { address: Type.String(), lastSuccess: nullable(UnixMs) },
        { title: 'PeerAddress', description: 'An address, and when it last answered a dial of ours' }
      ),
      { description: 'The same addresses in the same order' }
    ),
    rttMs: nullable(Type.Number()),
    firstSeen: UnixMs,
    lastSuccess: nullable(UnixMs),
    failures: Type.Integer({ description: 'Consecutive, by its own fault' }),
    lastError: nullable(Type.String({ description: 'Why the last interaction failed; kept until one goes well' })),
    dial: Type.Optional(DialSchema)
  },
  { title: 'Peer', examples: [EXAMPLE_PEER] }
)

export const PeerPageSchema = Type.Named('PeerPage', {
  peers: Type.Array(PeerSchema),
  total: Type.Integer({ description: 'How many match, on all pages' }),
  nextCursor: nullable(Type.String({ description: 'Give it as `cursor` to get the next page' }))
})

export const PeerQuery = Type.Closed({
  sp: Type.Optional(Type.String({ maxLength: 64, description: 'Any spelling of the SP address' })),
  state: Type.Optional(Type.Enum(PEER_STATES)),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
  cursor: Type.Optional(Type.String({ maxLength: 256 }))
})

export const SpNodeSchema = Type.Named('SpNode', { peerId: PeerId, addresses: Type.Array(Type.String()) })

const entry = {
  operatorAddress: Address,
  approvalAddress: Type.String({ description: "'' where unknown" }),
  endpoint: Type.String({ description: "URL of the SP's gateway, '' where unknown" }),
  status: Type.Enum(['IN_SERVICE', 'IN_JAILED', 'GRACEFUL_EXITING', 'FORCED_EXITING', 'IN_MAINTENANCE']),
  nodes: Type.Array(SpNodeSchema),
  dataChunks: Type.Optional(Type.Integer({ description: 'Data chunks the chain prescribes, where known' }))
}

export const SpEntrySchema = Type.Named('SpEntry', entry)

const FairnessSchema = Type.Object(
  {
    asked: Type.Integer({ description: 'Asks that went to it since the start' }),
    answered: Type.Integer({ description: 'Of those, the ones it answered before they ended' }),
    accepted: Type.Integer({ description: 'Of those, the ones whose approval counted' }),
    lastAsked: nullable(UnixMs),
    lastAnswer: nullable(UnixMs)
  },
  {
    title: 'SpFairness',
    description: 'How it fared in our asks',
    examples: [{ asked: 12, answered: 11, accepted: 9, lastAsked: 1_767_225_600_000, lastAnswer: 1_767_225_600_090 }]
  }
)

export const SpSchema = Type.Named('Sp', {
  ...entry,
  self: Type.Boolean(),
  reachable: Type.Boolean({ description: 'One of its nodes is connected' }),
  peers: Type.Integer({ description: 'Known nodes of this SP' }),
  connected: Type.Integer({ description: 'Of those, connected ones' }),
  verified: Type.Integer({ description: 'Of those, tied to this SP and dialled by us' }),
  lastSeen: nullable(UnixMs),
  fairness: FairnessSchema
})

export const SpListSchema = Type.Named('SpList', { sps: Type.Array(SpSchema) })

export const SpParams = Type.Object({
  address: Type.String({ minLength: 1, maxLength: 64, description: 'Any spelling of the SP address' })
})

/** Pings of one call: enough to look at a node, too few for a load test. */
export const MAX_PINGS = 10

export const PeerParams = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 128, description: 'libp2p peer id', 'x-expected': 'a peer id' })
})

export const AddPeerBody = Type.Body('PeerEntry', {
  entry: Type.String({
    minLength: 1,
    maxLength: 512,
    description: 'PEERID@HOST:PORT, HOST an IPv4, an [IPv6] or a DNS name',
    'x-expected': 'PEERID@HOST:PORT',
    examples: ['16Uiu2HAmG4KTyFsK71BVwjY4z6WwcNBVb6vAiuuL9ASWdqiTzNZH@sp1.example.com:9933']
  })
})

export const PingQuery = Type.Closed({
  count: Type.Optional(
    Type.Integer({ minimum: 1, maximum: MAX_PINGS, default: 1, description: 'One after the other, a second apart' })
  )
})

export const PingReportSchema = Type.Object(
  {
    peerId: PeerId,
    sent: Type.Integer(),
    received: Type.Integer({ description: 'At least one; a node that answers none is 503 ERR_UNREACHABLE' }),
    pings: Type.Array(Type.Named('PeerPing', { rttMs: nullable(Type.Number()), error: nullable(Type.String()) }), {
      description: 'In the order in which they were sent: a round trip, or why there is none'
    })
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

export const PeerRemovedSchema = Type.Named('PeerRemoved', {
  peerId: PeerId,
  removed: Type.True(),
  named: Type.Boolean({ description: 'SP list, pin or configuration name it, so that it is known again at once' })
})

export const PeerBlockSchema = Type.Named('PeerBlock', { peerId: PeerId, blocked: Type.Boolean() })
