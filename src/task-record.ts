import type { Approval } from './domain/answer.js'
import type { SpAddress, TaskKey } from './domain/brands.js'
import type { Collected } from './domain/quorum.js'
import type { ReplicatePieceApprovalTask } from './domain/task.js'
import { SpApprovalError } from './errors.js'

export type TaskState = 'asking' | 'approved' | 'insufficient' | 'cancelled' | 'failed'

/** A running or finished ask as queries show it. */
export interface TaskRecord {
  readonly key: TaskKey
  readonly state: TaskState
  readonly task: ReplicatePieceApprovalTask
  readonly min: number
  readonly max: number
  /** Unix ms. */
  readonly startedAt: number
  readonly finishedAt: number | undefined
  /** SPs and nodes the ask was sent to. */
  readonly asked: number
  readonly approved: number
  /** The report of a finished ask. */
  readonly report: AskReport | undefined
  /** What went wrong on our side, where the state is `failed`. */
  readonly error: SpApprovalError | undefined
}

/** What became of an ask; result and error both carry it. */
export interface AskReport extends Collected {
  readonly key: TaskKey
  readonly min: number
  readonly max: number
  readonly asked: number
  readonly elapsedMs: number
}

/** At least `min` approvals of distinct SPs. */
export interface ApprovalResult {
  readonly report: AskReport
  /**
   * One task per approval: our own task plus the approver's address, signature and height; endpoint and approval
   * address come from our registry, never from the wire.
   */
  readonly tasks: readonly ReplicatePieceApprovalTask[]
  readonly approvals: readonly Approval[]
}

/** GfSp p2p 70002: fewer than `min` SPs approved in time. */
export class InsufficientApprovalError extends SpApprovalError {
  /** @param because what our own list says makes other SPs refuse us, if anything */
  constructor(
    readonly report: AskReport,
    because?: string
  ) {
    const { approvals, min, silent, failed, refusals } = report
    super({
      code: 'ERR_INSUFFICIENT_APPROVALS',
      message:
        `insufficient approvals as secondary sp: ${approvals.length} of ${min} in ${Math.round(report.elapsedMs)} ms` +
        (because === undefined ? '' : `; ${because}`) +
        named('silent', silent) +
        named(
          'failed',
          failed.map(entry => entry.sp)
        ) +
        named(
          'refused',
          refusals.map(entry => entry.sp)
        ),
      hint: because === undefined ? 'sps() shows which SPs are reachable' : 'diagnose() says what to do about it',
      httpStatus: 404,
      exitCode: 4,
      gfsp: { codeSpace: 'p2p', innerCode: 70002 }
    })
  }
}

const named = (what: string, sps: readonly SpAddress[]): string =>
  sps.length === 0 ? '' : `; ${what}: ${sps.join(', ')}`

/** Create times of the object run so far ahead of our clock that no approver would believe the next one. */
export class AskTooSoonError extends SpApprovalError {
  constructor(objectId: string, aheadSeconds: number, retryAfterMs: number) {
    super({
      code: 'ERR_ASK_TOO_SOON',
      message: `object ${objectId}: its create times run ${aheadSeconds} s ahead of our clock, ask again in ${retryAfterMs} ms`,
      hint: 'one ask of an object a second is always taken; check the clock of this machine if there were fewer',
      httpStatus: 429,
      retryAfterMs
    })
  }
}
