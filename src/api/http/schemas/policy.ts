import { Type } from '../../../kit/http/schema-type.js'
import { taskInput } from './asks.js'
import { Address } from './common.js'
import { GrantSummarySchema } from './grants.js'
import { TaskJsonSchema } from './tasks.js'

export const PolicySchema = Type.Object(
  { rules: Type.Array(Type.Named('PolicyRule', { rule: Type.String(), text: Type.String() })) },
  { title: 'Policy', description: 'The rules in force, in the order in which they decide' }
)

export const ExplainBody = Type.Body('ExplainRequest', {
  ...taskInput,
  asker: Type.Optional(
    Type.String({
      maxLength: 64,
      description: "Any spelling of the asking SP's address; default: the one in the task; of an object, we"
    })
  )
})

export const DecisionSchema = Type.Named('PolicyDecision', {
  outcome: Type.Enum(['approve', 'refuse']),
  rule: Type.String(),
  code: Type.Optional(Type.String({ description: 'Of a refusal' })),
  reason: Type.String(),
  asker: Address
})

export const VerifyBody = Type.Body('VerifyRequest', {
  task: Type.Optional(TaskJsonSchema),
  role: Type.Enum(['primary', 'secondary'])
})

export const VerifiedSchema = Type.Named('Verified', {
  ok: Type.Boolean(),
  reason: Type.Optional(Type.String({ description: 'Why not' })),
  grant: Type.Optional(GrantSummarySchema)
})
