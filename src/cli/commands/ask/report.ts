import { colors, print, printable, printTable } from '../../output.js'

/** What became of an ask, as the API gives it. */
export interface Report {
  readonly outcome?: 'running' | 'approved' | 'insufficient' | 'failed'
  readonly min: number
  readonly max: number
  readonly asked: number
  readonly elapsedMs: number
  readonly approvals: readonly {
    readonly sp: string
    readonly peerId: string
    readonly expiredHeight: string
    readonly protocol: string
    readonly elapsedMs: number
  }[]
  readonly refusals: readonly { readonly sp: string; readonly code: string; readonly reason: string }[]
  readonly silent: readonly string[]
  readonly failed: readonly { readonly sp: string; readonly error: string }[]
  readonly rejected: readonly { readonly sp: string; readonly why: string }[]
}

/** An ask with its key, the object of `ask --json`. */
export interface AskView extends Report {
  readonly outcome: 'running' | 'approved' | 'insufficient' | 'failed'
  readonly taskKey: string
}

/** Who approved, and what became of the others. */
export function printReport(report: Report): void {
  const rows = report.approvals.map(({ sp, expiredHeight, peerId, elapsedMs }) => [
    sp,
    expiredHeight,
    `${elapsedMs.toFixed(1)}ms`,
    peerId
  ])
  printTable(['SP', 'UNTIL HEIGHT', 'AFTER', 'NODE'], rows, 'no approvals')
  const paint = colors(process.stdout)
  const others = [
    ...report.refusals.map(({ sp, code, reason }) => [sp, 'refused', `${code}: ${reason}`] as const),
    ...report.silent.map(sp => [sp, 'silent', ''] as const),
    ...report.failed.map(({ sp, error }) => [sp, 'failed', error] as const),
    ...report.rejected.map(({ sp, why }) => [sp, 'rejected', why] as const)
  ]
  for (const [sp, what, why] of others) print(`${printable(sp)}  ${paint.yellow(what)}  ${printable(why)}`.trimEnd())
}

export const summary = (report: Report): string =>
  `${report.approvals.length} of ${report.asked} asked approved in ${report.elapsedMs.toFixed(1)} ms (min ${report.min}, max ${report.max})`
