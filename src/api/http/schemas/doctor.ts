import { Type } from '../../../kit/http/schema-type.js'

export const DoctorQuery = Type.Object(
  {
    sp: Type.Optional(Type.String({ maxLength: 64, description: 'Look at the way to this SP instead of at this node' }))
  },
  { additionalProperties: false }
)

export const FindingSchema = Type.Object(
  {
    check: Type.String({ description: 'Stable name; several findings may share one' }),
    verdict: Type.Enum(['ok', 'warn', 'fail']),
    what: Type.String({ description: 'What was seen, in plain words' }),
    todo: Type.Optional(Type.String({ description: 'What to do about it' }))
  },
  {
    title: 'Finding',
    examples: [
      {
        check: 'node',
        verdict: 'fail',
        what: '16Uiu2HAm…: another peer id answers at /dns4/sp1.example.com/tcp/9933',
        todo: 'ask the SP for its peer id (peerIdOf() there) and correct its entry in the SP list'
      }
    ]
  }
)

export const DoctorSchema = Type.Object(
  {
    ok: Type.Boolean({ description: 'No finding failed' }),
    findings: Type.Array(FindingSchema)
  },
  { title: 'Doctor' }
)
