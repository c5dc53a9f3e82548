/** Asks as `ask --json` prints them. */
import {
  type AskReport,
  type ReplicatePieceApprovalTask,
  type SpOverview,
  type TaskRecord,
  taskToJson
} from '../../../index.js'
import type { Static } from '../../../kit/http/schema-type.js'
import type { Viewable } from '../../../kit/http/view.js'
import type { AskReportSchema, AskSchema } from '../schemas/tasks.js'

export type AskSource = Viewable<Static<typeof AskSchema>>

/** Microseconds are what a clock of this kind can tell. */
const rounded = <T extends { readonly elapsedMs: number }>(timed: T): T => ({
  ...timed,
  elapsedMs: Math.round(timed.elapsedMs * 1_000) / 1_000
})

export const reportView = (report: AskReport): Viewable<Static<typeof AskReportSchema>> => ({
  ...rounded(report),
  approvals: report.approvals.map(rounded)
})

export const askOfReport = (report: AskReport, outcome: 'approved' | 'insufficient' | 'failed'): AskSource => ({
  ...reportView(report),
  outcome,
  taskKey: report.key
})

/** A running ask, or one that ended without a report. */
const askWithoutReport = (record: TaskRecord, outcome: 'running' | 'failed', now: number): AskSource => ({
  outcome,
  taskKey: record.key,
  min: record.min,
  max: record.max,
  elapsedMs: Math.max(0, (record.finishedAt ?? now) - record.startedAt),
  asked: record.asked,
  approvals: [],
  refusals: [],
  silent: [],
  failed: [],
  rejected: []
})

export function askOfRecord(record: TaskRecord, now: number): AskSource {
  if (record.state === 'asking') return askWithoutReport(record, 'running', now)
  const outcome = record.state === 'approved' || record.state === 'insufficient' ? record.state : 'failed'
  const ask =
    record.report === undefined ? askWithoutReport(record, 'failed', now) : askOfReport(record.report, outcome)
  if (record.error !== undefined) {
    return { ...ask, error: { code: record.error.code, detail: record.error.message } }
  }
  if (record.state !== 'cancelled') return ask
  return { ...ask, error: { code: 'ERR_CANCELLED', detail: `cancelled: ${record.key}` } }
}

/** What the other modules of a storage node take: our own task with each approver's address, signature and height. */
export function approvedTasks(record: TaskRecord, sps: readonly SpOverview[]): object[] {
  const entries = new Map(sps.map(entry => [entry.operatorAddress, entry]))
  return (record.report?.approvals ?? []).map(({ sp, expiredHeight, signature }) => {
    const entry = entries.get(sp)
    const task: ReplicatePieceApprovalTask = {
      ...record.task,
      expiredHeight,
      approvedSpOperatorAddress: sp,
      approvedSignature: signature,
      approvedSpEndpoint: entry?.endpoint ?? '',
      approvedSpApprovalAddress: entry?.approvalAddress ?? ''
    }
    return taskToJson(task)
  })
}
