import { Type } from '../../../kit/http/schema-type.js'
import { Address, Base64, Decimal, nullable, PeerId, UnixMs } from './common.js'

export const TASK_STATES = ['asking', 'approved', 'insufficient', 'cancelled', 'failed'] as const

/** Proto3 JSON is described by the protocol's own files; here it is an object whose fields taskFromJson checks. */
export const TaskJsonSchema = Type.Object(
  {},
  {
    title: 'ReplicatePieceApprovalTask',
    additionalProperties: true,
    description:
      'GfSpReplicatePieceApprovalTask in proto3 JSON with proto names: 64-bit integers as decimal strings, bytes in base64'
  }
)

const summary = {
  key: Type.String(),
  state: Type.Enum(TASK_STATES),
  bucket: Type.String(),
  object: Type.String(),
  objectId: Type.String(),
  payloadSize: Decimal,
  priority: Type.Integer(),
  min: Type.Integer(),
  max: Type.Integer(),
  startedAt: UnixMs,
  finishedAt: nullable(UnixMs),
  asked: Type.Integer({ description: 'SPs and nodes the ask was sent to' }),
  approved: Type.Integer(),
  info: Type.String({ description: "GfSp's task information line" })
}

export const TaskSummarySchema = Type.Named('TaskSummary', summary)

export const TaskListSchema = Type.Named('TaskList', {
  tasks: Type.Array(TaskSummarySchema),
  total: Type.Integer({ description: 'How many match; more than `tasks` holds when `limit` cut it short' })
})

export const TaskQuery = Type.Closed({
  subKey: Type.Optional(
    Type.String({ maxLength: 2048, description: 'Part of the key, e.g. `bucket:photos`; every task when left out' })
  ),
  state: Type.Optional(
    Type.Enum([...TASK_STATES, 'running', 'finished', 'all'], { description: 'Default: the running ones' })
  ),
  since: Type.Optional(
    Type.String({
      maxLength: 40,
      description: 'Started since: Unix milliseconds, an RFC 3339 time, or a duration such as 10m'
    })
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 12_000, default: 1_000 }))
})

const ApprovalSchema = Type.Named('Approval', {
  sp: Address,
  peerId: PeerId,
  expiredHeight: Decimal,
  protocol: Type.Enum(['0.0.1', '1.0.0']),
  elapsedMs: Type.Number({ description: 'From the call' })
})

export const SignedApprovalSchema = Type.Named('SignedApproval', { ...ApprovalSchema.properties, signature: Base64 })

const answers = {
  refusals: Type.Array(Type.Named('AskRefusal', { sp: Address, code: Type.String(), reason: Type.String() })),
  silent: Type.Array(Address, { description: 'Reached, and did not answer' }),
  failed: Type.Array(Type.Named('AskFailure', { sp: Address, error: Type.String() }), {
    description: 'None of their nodes could be reached'
  }),
  rejected: Type.Array(Type.Named('AskRejection', { sp: Address, why: Type.String() }), {
    description: 'Answers in their name that did not count'
  })
}

export const AskReportSchema = Type.Named('AskReport', {
  key: Type.String(),
  min: Type.Integer(),
  max: Type.Integer(),
  asked: Type.Integer(),
  elapsedMs: Type.Number(),
  approvals: Type.Array(SignedApprovalSchema),
  ...answers,
  unknown: Type.Array(Type.Named('UnknownNode', { peerId: PeerId, error: Type.String() }))
})

export const TaskSchema = Type.Named('Task', { ...summary, task: TaskJsonSchema, report: nullable(AskReportSchema) })

export const CancelledSchema = Type.Named('TaskCancelled', { key: Type.String(), cancelled: Type.True() })

/** The object of `ask --json`; a running ask has the outcome `running`. */
export const AskSchema = Type.Named('Ask', {
  outcome: Type.Enum(['running', 'approved', 'insufficient', 'failed']),
  taskKey: Type.String(),
  min: Type.Integer(),
  max: Type.Integer(),
  elapsedMs: Type.Number(),
  asked: Type.Integer(),
  approvals: Type.Array(ApprovalSchema),
  ...answers,
  error: Type.Optional(
    Type.Object(
      { code: Type.String(), detail: Type.String() },
      {
        title: 'AskError',
        description: 'Of an ask that was cancelled'
      }
    )
  ),
  tasks: Type.Optional(
    Type.Array(TaskJsonSchema, { description: 'With ?tasks=true: one signed task for each approval' })
  )
})
