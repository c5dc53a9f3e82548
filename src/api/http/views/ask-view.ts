/** Asks as `ask --json` prints them. */
import {
  type AskReport,
  type ReplicatePieceApprovalTask,
  type SpOverview,
  type TaskRecord,
  taskToJson
} from '../../../index.js'
import type { Static } from '../../../kit/http/schema-type.js'
import { base64 } from '../../../kit/json.js'
import type { AskReportSchema, AskSchema } from '../schemas/tasks.js'

export type AskView = Static<typeof AskSchema>

/** Microseconds are what a clock of this kind can tell. */
const rounded = (ms: number): number => Math.round(ms * 1_000) / 1_000

const approvalView = ({ sp, peerId, expiredHeight, protocol, elapsedMs }: AskReport['approvals'][number]) => ({
  sp,
  peerId,
  expiredHeight: expiredHeight.toString(),
  protocol,
  elapsedMs: rounded(elapsedMs)
})

const answers = ({ refusals, silent, failed, rejected }: AskReport) => ({
  refusals: refusals.map(({ sp, code, reason }) => ({ sp, code, reason })),
  silent: [...silent],
  failed: failed.map(({ sp, error }) => ({ sp, error })),
  rejected: rejected.map(({ sp, why }) => ({ sp, why }))
})

export const reportView = (report: AskReport): Static<typeof AskReportSchema> => ({
  key: report.key,
  min: report.min,
  max: report.max,
  asked: report.asked,
  elapsedMs: rounded(report.elapsedMs),
  approvals: report.approvals.map(approval => ({
    ...approvalView(approval),
    signature: base64(approval.signature)
  })),
  ...answers(report),
  unknown: report.unknown.map(({ peerId, error }) => ({ peerId, error }))
})

export const askOfReport = (report: AskReport, outcome: 'approved' | 'insufficient' | 'failed'): AskView => ({
  outcome,
  taskKey: report.key,
  min: report.min,
  max: report.max,
  elapsedMs: rounded(report.elapsedMs),
  asked: report.asked,
  approvals: report.approvals.map(approvalView),
  ...answers(report)
})

/** A running ask, or one that ended without a report. */
const askWithoutReport = (record: TaskRecord, outcome: 'running' | 'failed', now: number): AskView => ({
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

export function askOfRecord(record: TaskRecord, now: number): AskView {
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
export function approvedTasks(record: TaskRecord, sps: readonly SpOverview[]): Record<string, unknown>[] {
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
    return { ...taskToJson(task) }
  })
}
