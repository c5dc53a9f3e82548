import { type Schema, Type } from '../../../kit/http/schema-type.js'
import { Address, Decimal, nullable, PeerId } from './common.js'

export const ChainStatusSchema = Type.Object(
  {
    name: Type.String({ description: 'The connector: static, coordinator, …' }),
    height: nullable(Decimal),
    heightAgeMs: nullable(Type.Number()),
    listAgeMs: nullable(Type.Number()),
    sps: Type.Integer({ description: 'SPs on the list' }),
    alarm: nullable(Type.String({ description: 'Why a reading is refused or held back, and what to do about it' }))
  },
  { title: 'ChainStatus' }
)

export const StoreStatusSchema = Type.Object(
  {
    kind: Type.Enum(['memory', 'level']),
    state: Type.Enum(['ready', 'damaged'], { description: 'damaged: nothing is granted until `until` has passed' }),
    reason: nullable(Type.String()),
    until: nullable(Decimal)
  },
  { title: 'StoreStatus' }
)

export const NodeSchema = Type.Object(
  {
    version: Type.String(),
    state: Type.Enum(['stopped', 'starting', 'started', 'stopping']),
    operatorAddress: Address,
    peerId: nullable(PeerId),
    addresses: Type.Array(Type.String({ description: 'Dialable multiaddr' })),
    backend: Type.Enum(['native', 'noble'], { description: 'Signature backend in use' }),
    height: nullable(Decimal),
    chain: ChainStatusSchema,
    store: StoreStatusSchema,
    policyAlarm: nullable(Type.String({ description: 'Why an edit of the policy file is not in force' })),
    spsReachable: Type.Integer({
      description: 'Distinct SPs in service, besides us, with a connected node that may speak for them'
    }),
    runningTasks: Type.Integer(),
    liveGrants: Type.Integer()
  },
  { title: 'Node' }
)

export const BootstrapSchema = Type.Object(
  { nodes: Type.Array(Type.String({ description: 'PEERID@HOST:PORT' })) },
  { title: 'Bootstrap' }
)

/** Memory in bytes, the others in pieces. */
const resources = <T extends Schema>(figure: T) => ({
  memory: figure,
  tasks: figure,
  tasksHigh: figure,
  tasksMedium: figure,
  tasksLow: figure,
  connsInbound: figure,
  connsOutbound: figure,
  conns: figure,
  fds: figure
})

export const ResourceScopeSchema = Type.Object(
  {
    name: Type.String(),
    limits: Type.Object(resources(nullable(Type.Number())), {
      title: 'ResourceLimits',
      description: 'null: no limit in this scope'
    }),
    usage: Type.Object(resources(Type.Number()), { title: 'ResourceUsage' })
  },
  { title: 'ResourceScope' }
)

export const ResourcesSchema = Type.Object({ scopes: Type.Array(ResourceScopeSchema) }, { title: 'Resources' })

export const ConfigSchema = Type.Object(
  {},
  { title: 'Config', additionalProperties: true, description: 'The effective configuration with secrets masked' }
)

export const HealthySchema = Type.Object({ healthy: Type.True() }, { title: 'Healthy' })

export const ReadySchema = Type.Object(
  {
    ready: Type.True(),
    min: Type.Integer({ description: 'Distinct SPs that must be reachable' }),
    reachable: Type.Integer(),
    height: Decimal
  },
  { title: 'Ready' }
)

const level = Type.Enum(['debug', 'info', 'warn', 'error'])

export const LogLevelSchema = Type.Object({ level: Type.String() }, { title: 'LogLevel' })
const component = Type.Optional(Type.String({ maxLength: 128, description: 'One, or a folder of them; default: all' }))
export const LogQuery = Type.Object({ component }, { additionalProperties: false })
export const SetLogLevelBody = Type.Object({ level, component }, { title: 'SetLogLevel', additionalProperties: false })

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
