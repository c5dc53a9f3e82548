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

export const GrantSummarySchema = Type.Object(grant, { title: 'GrantSummary' })

export const GrantSchema = Type.Object(
  {
    ...grant,
    fingerprint: Type.String({ description: "SHA-256 of the ask's message, hex" }),
    answer: Base64
  },
  { title: 'Grant', description: 'With the wire bytes of our answer, which on 0.0.1 contain the ask' }
)

export const GrantListSchema = Type.Object(
  { grants: Type.Array(GrantSummarySchema), total: Type.Integer() },
  { title: 'GrantList' }
)

export const GrantQuery = Type.Object(
  {
    asker: Type.Optional(Type.String({ maxLength: 64, description: 'Any spelling of the SP address' })),
    state: Type.Optional(Type.Enum(GRANT_STATES)),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 70_000, default: 1_000 }))
  },
  { additionalProperties: false }
)

export const AcceptLossBody = Type.Object(
  {
    acceptLoss: Type.True({
      description: 'Promises may have been lost; granting again is a decision, not a repair'
    })
  },
  { title: 'AcceptLoss', additionalProperties: false }
)

export const ReleasedSchema = Type.Object(
  { told: Type.Boolean({ description: 'false: the wire (0.0.1) cannot tell the approver' }) },
  { title: 'ApprovalReleased' }
)
