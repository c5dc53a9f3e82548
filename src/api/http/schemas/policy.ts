import { Type } from '../../../kit/http/schema-type.js'
import { taskInput } from './asks.js'
import { Address } from './common.js'
import { TaskJsonSchema } from './tasks.js'

export const PolicySchema = Type.Object(
  { rules: Type.Array(Type.Object({ rule: Type.String(), text: Type.String() }, { title: 'PolicyRule' })) },
  { title: 'Policy', description: 'The rules in force, in the order in which they decide' }
)

export const ExplainBody = Type.Object(
  {
    ...taskInput,
    asker: Type.Optional(
      Type.String({
        maxLength: 64,
        description: "Any spelling of the asking SP's address; default: the one in the task; of an object, we"
      })
    )
  },
  { title: 'ExplainRequest', additionalProperties: false }
)

export const DecisionSchema = Type.Object(
  {
    outcome: Type.Enum(['approve', 'refuse']),
    rule: Type.String(),
    code: Type.Optional(Type.String({ description: 'Of a refusal' })),
    reason: Type.String(),
    asker: Address
  },
  { title: 'PolicyDecision' }
)

export const VerifyBody = Type.Object(
  { task: Type.Optional(TaskJsonSchema), role: Type.Enum(['primary', 'secondary']) },
  { title: 'VerifyRequest', additionalProperties: false }
)

export const VerifiedSchema = Type.Object(
  { ok: Type.Boolean(), reason: Type.Optional(Type.String({ description: 'Why not' })) },
  { title: 'Verified' }
)
