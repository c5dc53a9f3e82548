import type { AnswerRejection, Approval } from './domain/answer.js'
import type { PeerIdString, SpAddress, TaskKey } from './domain/brands.js'
import type { PolicyDecision } from './domain/policy-rules.js'
import type { PruneReason } from './domain/prune.js'
import type { SpEntry } from './domain/registry.js'
import type { TaskState } from './task-record.js'

/** Typed events of the module; each is a `CustomEvent` with this `detail`. */
export interface SpApprovalEvents {
  'sp:updated': CustomEvent<{ readonly change: 'added' | 'changed' | 'removed'; readonly entry: SpEntry }>
  'peer:added': CustomEvent<{ readonly peerId: PeerIdString; readonly sp: SpAddress | undefined }>
  /** An interaction with a known node failed by its own fault. */
  'peer:failed': CustomEvent<{
    readonly peerId: PeerIdString
    readonly sp: SpAddress | undefined
    readonly error: string
    /** In a row. */
    readonly failures: number
  }>
  'peer:recovered': CustomEvent<{ readonly peerId: PeerIdString; readonly sp: SpAddress | undefined }>
  /** A node was forgotten. */
  'peer:pruned': CustomEvent<{
    readonly peerId: PeerIdString
    readonly sp: SpAddress | undefined
    readonly why: PruneReason | 'displaced' | 'operator'
  }>
  'ask:sent': CustomEvent<{ readonly key: TaskKey; readonly asked: number }>
  'approval:received': CustomEvent<{ readonly key: TaskKey; readonly approval: Approval }>
  'approval:refused': CustomEvent<{
    readonly key: TaskKey
    readonly sp: SpAddress
    readonly code: string
    readonly reason: string
  }>
  'approval:rejected': CustomEvent<{ readonly key: TaskKey; readonly sp: SpAddress; readonly why: AnswerRejection }>
  'ask:done': CustomEvent<{
    readonly key: TaskKey
    readonly outcome: 'approved' | 'insufficient' | 'cancelled' | 'failed'
  }>
  'task:state': CustomEvent<{ readonly key: TaskKey; readonly state: TaskState }>
  /** What we decided about another SP's ask. */
  'policy:decision': CustomEvent<{
    readonly key: TaskKey
    readonly asker: SpAddress
    readonly decision:
      | PolicyDecision
      | { readonly outcome: 'error'; readonly rule: string; readonly code: string; readonly reason: string }
  }>
}
