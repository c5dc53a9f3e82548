import type { AskReportView, AskView } from '../../../api/http/index.js'
import { colors, print, printable, printTable } from '../../shell/output.js'

/** What an ask and the report of a finished task have in common. */
export type Report = Pick<
  AskView & AskReportView,
  'min' | 'max' | 'asked' | 'elapsedMs' | 'refusals' | 'silent' | 'failed' | 'rejected'
> & {
  readonly approvals: AskView['approvals']
}

/** The approvals as a table, then a line for each other SP with its reason. */
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
