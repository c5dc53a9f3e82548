/** What the API answers with, as types of its schemas; the command line is written against these. */
import type { Static } from '../../kit/http/schema-type.js'
import type { GrantListSchema, GrantSchema, GrantSummarySchema } from './schemas/grants.js'
import type { BootstrapSchema, ChainStatusSchema, DoctorSchema, LogLevelSchema, NodeSchema } from './schemas/node.js'
import type {
  PeerPageSchema,
  PeerRemovedSchema,
  PeerSchema,
  PingReportSchema,
  SpListSchema,
  SpSchema
} from './schemas/peers.js'
import type { DecisionSchema, PolicySchema } from './schemas/policy.js'
import type { AskReportSchema, AskSchema, TaskListSchema, TaskSchema, TaskSummarySchema } from './schemas/tasks.js'

export type AskView = Static<typeof AskSchema>
export type AskReportView = Static<typeof AskReportSchema>
export type BootstrapView = Static<typeof BootstrapSchema>
export type ChainView = Static<typeof ChainStatusSchema>
export type DecisionView = Static<typeof DecisionSchema>
export type DoctorView = Static<typeof DoctorSchema>
export type GrantView = Static<typeof GrantSchema>
export type GrantSummaryView = Static<typeof GrantSummarySchema>
export type GrantListView = Static<typeof GrantListSchema>
export type LogLevelView = Static<typeof LogLevelSchema>
export type NodeView = Static<typeof NodeSchema>
export type PeerView = Static<typeof PeerSchema>
export type PeerPageView = Static<typeof PeerPageSchema>
export type PeerRemovedView = Static<typeof PeerRemovedSchema>
export type PingReportView = Static<typeof PingReportSchema>
export type PolicyView = Static<typeof PolicySchema>
export type SpView = Static<typeof SpSchema>
export type SpListView = Static<typeof SpListSchema>
export type TaskView = Static<typeof TaskSchema>
export type TaskSummaryView = Static<typeof TaskSummarySchema>
export type TaskListView = Static<typeof TaskListSchema>
