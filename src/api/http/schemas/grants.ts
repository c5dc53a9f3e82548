import { Type } from '../../../kit/http/schema-type.js'
import { Address, Base64, Decimal, UnixMs } from './common.js'

export const GRANT_STATES = ['live', 'consumed', 'released', 'expired'] as const

const grant = {
  key: Type.String({ description: 'ASKER/OBJECTID' }),
  asker: Address,
  objectId: Type.String(),
  taskKey: Type.String(),
  reservedBytes: Decimal,
  expiredHeight: Decimal,
  grantedHeight: Decimal,
  grantedAt: UnixMs,
  wire: Type.Enum(['0.0.1', '1.0.0'] as const, { description: 'Wire the ask came on' }),
  createTime: Type.String({ description: "The ask's create time, Unix seconds: its nonce" }),
  askDigest: Type.String({ description: 'keccak-256 of the sign bytes of the ask, hex' }),
  state: Type.Enum(GRANT_STATES, { description: 'Only live ones hold capacity' })
}

export const GrantSummarySchema = Type.Named('GrantSummary', grant)

export const GrantSchema = Type.Object(
  {
    ...grant,
    fingerprint: Type.String({ description: "SHA-256 of the ask's message, hex" }),
    answer: Base64
  },
  { title: 'Grant', description: 'With the wire bytes of our answer, which on 0.0.1 contain the ask' }
)

export const GrantListSchema = Type.Named('GrantList', {
  grants: Type.Array(GrantSummarySchema),
  total: Type.Integer()
})

export const GrantQuery = Type.Closed({
  asker: Type.Optional(Type.String({ maxLength: 64, description: 'Any spelling of the SP address' })),
  state: Type.Optional(Type.Enum(GRANT_STATES)),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 70_000, default: 1_000 }))
})

export const AcceptLossBody = Type.Body('AcceptLoss', {
  acceptLoss: Type.True({
    description: 'Promises may have been lost; granting again is a decision, not a repair'
  })
})

export const ReleasedSchema = Type.Named('ApprovalReleased', {
  told: Type.Boolean({ description: 'false: the wire (0.0.1) cannot tell the approver' })
})
