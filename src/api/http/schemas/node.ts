import { type Schema, Type } from '../../../kit/http/schema-type.js'
import { Address, Decimal, nullable, PeerId, UnixMs } from './common.js'

export const ChainStatusSchema = Type.Named('ChainStatus', {
  name: Type.String({ description: 'The connector: static, coordinator, …' }),
  height: nullable(Decimal),
  heightAgeMs: nullable(Type.Number()),
  listAgeMs: nullable(Type.Number()),
  sps: Type.Integer({ description: 'SPs on the list' }),
  alarm: nullable(Type.String({ description: 'Why a reading is refused or held back, and what to do about it' }))
})

export const StoreStatusSchema = Type.Named('StoreStatus', {
  kind: Type.Enum(['memory', 'level']),
  state: Type.Enum(['ready', 'damaged'], { description: 'damaged: nothing is granted until `until` has passed' }),
  reason: nullable(Type.String()),
  until: nullable(Decimal)
})

export const AlarmSchema = Type.Named('Alarm', {
  kind: Type.String({ description: 'Stable word, e.g. `sp-list`; docs/OPERATING.md lists them' }),
  message: Type.String({ description: 'What is wrong, in one line' }),
  since: UnixMs
})

export const NodeSchema = Type.Named('Node', {
  version: Type.String(),
  state: Type.Enum(['stopped', 'starting', 'started', 'stopping']),
  operatorAddress: Address,
  peerId: nullable(PeerId),
  addresses: Type.Array(Type.String({ description: 'Dialable multiaddr' })),
  backend: Type.Enum(['native', 'noble'], { description: 'Signature backend in use' }),
  height: nullable(Decimal),
  chain: ChainStatusSchema,
  store: StoreStatusSchema,
  policyAlarm: nullable(
    Type.String({
      description: 'Why an edit of the policy file is not in force, or the policy command decides nothing'
    })
  ),
  alarms: Type.Array(AlarmSchema, { description: 'In force: what an operator has to end' }),
  spsReachable: Type.Integer({
    description: 'Distinct SPs in service, besides us, with a connected node that may speak for them'
  }),
  runningTasks: Type.Integer(),
  liveGrants: Type.Integer()
})

export const BootstrapSchema = Type.Named('Bootstrap', {
  nodes: Type.Array(Type.String({ description: 'PEERID@HOST:PORT' }))
})

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

export const ResourceScopeSchema = Type.Named('ResourceScope', {
  name: Type.String(),
  limits: Type.Object(resources(nullable(Type.Number())), {
    title: 'ResourceLimits',
    description: 'null: no limit in this scope'
  }),
  usage: Type.Named('ResourceUsage', resources(Type.Number()))
})

export const ResourcesSchema = Type.Named('Resources', { scopes: Type.Array(ResourceScopeSchema) })

export const ConfigSchema = Type.Object(
  {},
  { title: 'Config', additionalProperties: true, description: 'The effective configuration with secrets masked' }
)

export const HealthySchema = Type.Named('Healthy', { healthy: Type.True() })

export const ReadySchema = Type.Named('Ready', {
  ready: Type.True({ description: 'All that is answered without the bearer token' }),
  min: Type.Optional(Type.Integer({ description: 'Distinct SPs that must be reachable' })),
  reachable: Type.Optional(Type.Integer()),
  height: Type.Optional(Decimal),
  alarms: Type.Optional(
    Type.Array(AlarmSchema, { description: 'In force; of these only `store-write` keeps a node from being ready' })
  )
})

const level = Type.Enum(['debug', 'info', 'warn', 'error'])

export const LogLevelSchema = Type.Named('LogLevel', { level: Type.String() })
const component = Type.Optional(Type.String({ maxLength: 128, description: 'One, or a folder of them; default: all' }))
export const LogQuery = Type.Closed({ component })
export const SetLogLevelBody = Type.Body('SetLogLevel', { level, component })

export const DoctorQuery = Type.Closed({
  sp: Type.Optional(Type.String({ maxLength: 64, description: 'Look at the way to this SP instead of at this node' }))
})

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

export const DoctorSchema = Type.Named('Doctor', {
  ok: Type.Boolean({ description: 'No finding failed' }),
  findings: Type.Array(FindingSchema)
})
