import type { Command } from 'commander'
import { action } from '../../action.js'
import { connect } from '../../client.js'
import { addDaemonOptions, type DaemonOptions } from '../../options.js'
import { print, printJson, printPairs, printTable } from '../../output.js'
import { printReport, type Report } from '../ask/report.js'

interface Task {
  readonly key: string
  readonly state: string
  readonly min: number
  readonly max: number
  readonly asked: number
  readonly approved: number
  readonly startedAt: number
  readonly finishedAt: number | null
  readonly info: string
}

interface LsOptions extends DaemonOptions {
  readonly subKey?: string
  readonly state?: string
  readonly since?: string
}

export function registerTasks(program: Command): void {
  const tasks = program.command('tasks').description('own asks, running and finished')
  const ls = addDaemonOptions(tasks.command('ls').description('list running asks'))
    .option('--sub-key <part>', 'only those whose key contains this, e.g. bucket:photos')
    .option('--state <state>', 'asking, approved, insufficient, cancelled, failed, running, finished or all')
    .option('--since <time>', 'only those started since: 10m, or a time')
  action<LsOptions>(ls, async () => async options => {
    const query = new URLSearchParams(
      Object.entries({ subKey: options.subKey, state: options.state, since: options.since }).filter(
        (pair): pair is [string, string] => pair[1] !== undefined
      )
    )
    const answer = await (await connect(options)).get<{ tasks: Task[] }>(`/api/v1/tasks?${query}`)
    if (options.json === true) return printJson(answer)
    printTable(['KEY', 'STATE', 'APPROVED', 'ASKED', 'STARTED'], answer.tasks.map(row), none(options))
  })

  const show = addDaemonOptions(tasks.command('show').argument('<key>').description('show one ask with its report'))
  action<DaemonOptions>(show, async () => async (options, key = '') => {
    const task = await (await connect(options)).get<Task & { report: Report | null }>(
      `/api/v1/tasks/${encodeURIComponent(key)}`
    )
    if (options.json === true) return printJson(task)
    printPairs([
      ['key', task.key],
      ['state', task.state],
      ['approved', `${task.approved} of ${task.min} to ${task.max}`],
      ['asked', `${task.asked}`],
      ['started', time(task.startedAt)],
      ['finished', task.finishedAt === null ? '-' : time(task.finishedAt)],
      ['info', task.info]
    ])
    if (task.report !== null) printReport(task.report)
  })

  const cancel = addDaemonOptions(tasks.command('cancel').argument('<key>').description('cancel a running ask'))
  action<DaemonOptions>(cancel, async () => async (options, key = '') => {
    const answer = await (await connect(options)).post(`/api/v1/tasks/${encodeURIComponent(key)}/cancel`)
    if (options.json === true) printJson(answer)
    else print(`cancelled ${key}`)
  })
}

const none = ({ subKey, state }: LsOptions): string =>
  state === undefined
    ? `no running asks${subKey === undefined ? '' : ` with ${JSON.stringify(subKey)} in their key`}; --state all lists finished ones too`
    : 'no such asks'

const time = (unixMs: number): string => new Date(unixMs).toISOString()

const row = (task: Task): string[] => [
  task.key,
  task.state,
  `${task.approved}/${task.min}`,
  `${task.asked}`,
  time(task.startedAt)
]
