import type { Command } from 'commander'
import type { DoctorView } from '../../../api/http/index.js'
import { UnreachableError } from '../../../errors.js'
import type { Finding } from '../../../index.js'
import { action } from '../../shell/action.js'
import { connect } from '../../shell/client.js'
import { UsageError } from '../../shell/fail.js'
import { addDaemonOptions, type DaemonOptions } from '../../shell/options.js'
import { colors, print, printable, printJson, spin } from '../../shell/output.js'

/** Names and addresses are tried with bounds of their own; a daemon that takes longer has another fault. */
const DOCTOR_MS = 20_000

const FAILED = 1
const NO_DAEMON = 3

const EXIT_CODES = `
Exit codes: 0 nothing failed, 1 a check failed, 3 no daemon answers; then what can be checked without it is checked.`

export function registerDoctor(program: Command): void {
  const doctor = addDaemonOptions(program.command('doctor'))
    .description('say what is wrong with this node, or with the way to one SP, and what to do')
    .argument('[sp]', 'operator address of an SP')
    .addHelpText('after', EXIT_CODES)
  action<DaemonOptions>(doctor, async () => diagnose)
}

async function diagnose(options: DaemonOptions, sp?: string): Promise<number> {
  if (sp !== undefined && !/^(0x)?[0-9a-f]{40}$/i.test(sp)) {
    throw new UsageError(`SP: expected an operator address of 40 hex digits, got ${JSON.stringify(sp)}`)
  }
  const { findings, daemon } = await spin('looking', options, () => findingsOf(options, sp))
  const ok = findings.every(({ verdict }) => verdict !== 'fail')
  if (options.json === true) printJson({ ok, daemon, findings })
  else show(findings)
  return daemon ? (ok ? 0 : FAILED) : NO_DAEMON
}

interface Findings {
  readonly findings: readonly Finding[]
  readonly daemon: boolean
}

/** From the daemon; where none answers, from what can be checked without it. */
async function findingsOf(options: DaemonOptions, sp: string | undefined): Promise<Findings> {
  try {
    const query = sp === undefined ? '' : `?sp=${encodeURIComponent(sp)}`
    const client = await connect(options)
    const { findings } = await client.get<DoctorView>(`/api/v1/doctor${query}`, { timeoutMs: DOCTOR_MS })
    return { findings, daemon: true }
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error
    const { checkOffline } = await import('./offline.js')
    const todo = `${error.hint ?? 'sp-approval start'}; what follows was looked at without it`
    const unreachable: Finding = { check: 'daemon', verdict: 'fail', what: error.message, todo }
    return { findings: [unreachable, ...(await checkOffline(options))], daemon: false }
  }
}

function show(findings: readonly Finding[]): void {
  const paint = colors(process.stdout)
  const words = { ok: paint.green('ok  '), warn: paint.yellow('warn'), fail: paint.red('FAIL') }
  const width = Math.max(...findings.map(({ check }) => check.length))
  for (const { check, verdict, what, todo } of findings) {
    print(`${words[verdict]}  ${check.padEnd(width)}  ${printable(what)}`)
    if (todo !== undefined) print(`${' '.repeat(width + 8)}${paint.dim('do:')} ${printable(todo)}`)
  }
  const count = (verdict: Finding['verdict']): number => findings.filter(finding => finding.verdict === verdict).length
  print(`${count('fail')} failed, ${count('warn')} to look at, ${count('ok')} fine`)
}
