import { Type } from '../../../kit/http/schema-type.js'

export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'urn:sp-approval:error:CODE' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String({ description: 'One line: what was expected and what came' }),
    code: Type.Union([Type.Integer(), Type.String()], {
      description: "GfSp's number where it has one (70001, 70002, 970001, 970002, 990701), else the stable name"
    }),
    codeSpace: Type.Optional(Type.String({ description: "GfSp's code space, where it has a number for this error" })),
    name: Type.String({ description: 'Stable name, with a heading in docs/ERRORS.md' }),
    hint: Type.Optional(Type.String({ description: 'What to do about it' })),
    requestId: Type.String({ description: 'The same as in the x-request-id header and in the log' })
  },
  { title: 'Problem', description: 'RFC 9457 problem details; some errors add members, e.g. `report` or `checks`' }
)
