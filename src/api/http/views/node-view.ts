import type { ChainStatus, Grant, NodeOverview, ResourceScope } from '../../../index.js'
import type { Static } from '../../../kit/http/schema-type.js'
import { base64 } from '../../../kit/json.js'
import type { GrantSchema, GrantSummarySchema } from '../schemas/grants.js'
import type { ChainStatusSchema, NodeSchema, ResourceScopeSchema, StoreStatusSchema } from '../schemas/node.js'

const decimal = (value: bigint | undefined): string | null => value?.toString() ?? null

export const chainView = (chain: ChainStatus): Static<typeof ChainStatusSchema> => ({
  name: chain.name,
  height: decimal(chain.height),
  heightAgeMs: chain.heightAgeMs ?? null,
  listAgeMs: chain.listAgeMs ?? null,
  sps: chain.sps,
  alarm: chain.alarm ?? null
})

const storeView = (store: NodeOverview['store']): Static<typeof StoreStatusSchema> => ({
  kind: store.kind,
  state: store.state,
  reason: store.state === 'damaged' ? store.reason : null,
  until: store.state === 'damaged' ? store.until.toString() : null
})

export const nodeView = (node: NodeOverview): Static<typeof NodeSchema> => ({
  version: node.version,
  state: node.state,
  operatorAddress: node.operatorAddress,
  peerId: node.peerId ?? null,
  addresses: [...node.addresses],
  backend: node.backend,
  height: decimal(node.height),
  chain: chainView(node.chain),
  store: storeView(node.store),
  policyAlarm: node.policyAlarm ?? null,
  spsReachable: node.spsReachable,
  runningTasks: node.runningTasks,
  liveGrants: node.liveGrants
})

/** JSON has no infinity. */
const limitView = (limit: number): number | null => (Number.isFinite(limit) ? limit : null)

const limitsView = (limits: ResourceScope['limits']): Static<typeof ResourceScopeSchema>['limits'] => ({
  memory: limitView(limits.memory),
  tasks: limitView(limits.tasks),
  tasksHigh: limitView(limits.tasksHigh),
  tasksMedium: limitView(limits.tasksMedium),
  tasksLow: limitView(limits.tasksLow),
  connsInbound: limitView(limits.connsInbound),
  connsOutbound: limitView(limits.connsOutbound),
  conns: limitView(limits.conns),
  fds: limitView(limits.fds)
})

export const scopeView = (scope: ResourceScope): Static<typeof ResourceScopeSchema> => ({
  name: scope.name,
  limits: limitsView(scope.limits),
  usage: scope.usage()
})

export const grantSummary = (grant: Grant): Static<typeof GrantSummarySchema> => ({
  key: grant.key,
  asker: grant.asker,
  objectId: grant.objectId,
  taskKey: grant.taskKey,
  reservedBytes: grant.reservedBytes.toString(),
  expiredHeight: grant.expiredHeight.toString(),
  grantedHeight: grant.grantedHeight.toString(),
  grantedAt: grant.grantedAt,
  wire: grant.wire,
  createTime: grant.nonce.toString(),
  askDigest: grant.askDigest,
  state: grant.state
})

export const grantView = (grant: Grant): Static<typeof GrantSchema> => ({
  ...grantSummary(grant),
  fingerprint: grant.fingerprint,
  answer: base64(grant.answer)
})
