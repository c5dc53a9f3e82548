import type { SpApprovalEvents } from '../../../index.js'
import { type Schema, Type } from '../../../kit/http/schema-type.js'
import { Address, PeerId } from './common.js'
import { SpEntrySchema } from './peers.js'
import { SignedApprovalSchema, TASK_STATES } from './tasks.js'

const key = Type.String({ description: 'Task key' })

/** The `data` of each event; the record keeps it complete when the module learns a new one. */
export const EVENT_SCHEMAS: Readonly<Record<keyof SpApprovalEvents, Schema>> = {
  'sp:updated': Type.Object({ change: Type.Enum(['added', 'changed', 'removed']), entry: SpEntrySchema }),
  'peer:added': Type.Object({ peerId: PeerId, sp: Type.Optional(Address) }),
  'peer:failed': Type.Object({
    peerId: PeerId,
    sp: Type.Optional(Address),
    error: Type.String(),
    failures: Type.Integer({ description: 'Consecutive' })
  }),
  'peer:recovered': Type.Object({ peerId: PeerId, sp: Type.Optional(Address) }),
  'peer:pruned': Type.Object({
    peerId: PeerId,
    sp: Type.Optional(Address),
    why: Type.Enum(['zombie', 'replaced', 'sp-left', 'displaced', 'operator'])
  }),
  'ask:sent': Type.Object({ key, asked: Type.Integer() }),
  'approval:received': Type.Object({ key, approval: SignedApprovalSchema }),
  'approval:refused': Type.Object({ key, sp: Address, code: Type.String(), reason: Type.String() }),
  'approval:rejected': Type.Object({ key, sp: Address, why: Type.String() }),
  'ask:done': Type.Object({ key, outcome: Type.Enum(['approved', 'insufficient', 'cancelled', 'failed']) }),
  'task:state': Type.Object({ key, state: Type.Enum(TASK_STATES) }),
  'policy:decision': Type.Object({
    key,
    asker: Address,
    decision: Type.Object({
      outcome: Type.Enum(['approve', 'refuse', 'error']),
      rule: Type.String(),
      code: Type.Optional(Type.String()),
      reason: Type.String()
    })
  })
}

export const EVENT_NAMES = Object.keys(EVENT_SCHEMAS) as readonly (keyof SpApprovalEvents)[]

/** `ask:sent` → `AskSentEvent`: the name of its component in the OpenAPI document. */
const componentName = (event: string): string =>
  `${event
    .split(':')
    .map(word => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')}Event`

export const EventDataSchema = Type.Union(
  Object.entries(EVENT_SCHEMAS).map(([event, schema]) => ({ ...schema, title: componentName(event) })),
  { title: 'EventData', description: 'The JSON in the data line; the event line names which of these it is' }
)

export const EventQuery = Type.Closed({
  types: Type.Optional(
    Type.String({ maxLength: 400, description: 'Comma-separated event names, e.g. ask:sent,ask:done; default: all' })
  )
})
