import type { Command } from 'commander'
import type { TaskListView, TaskSummaryView, TaskView } from '../../api/http/index.js'
import { daemonCommand, queryOf } from '../shell/daemon-command.js'
import type { DaemonOptions } from '../shell/options.js'
import { print, printPairs, printTable } from '../shell/output.js'
import { printReport } from './ask/report.js'

interface LsOptions extends DaemonOptions {
  readonly subKey?: string
  readonly state?: string
  readonly since?: string
}

export function registerTasks(program: Command): void {
  const tasks = program.command('tasks').description('own asks, running and finished')
  daemonCommand<TaskListView, LsOptions>(tasks, {
    name: 'ls',
    description: 'list running asks',
    options: [
      ['--sub-key <part>', 'only those whose key contains this, e.g. bucket:photos'],
      ['--state <state>', 'asking, approved, insufficient, cancelled, failed, running, finished or all'],
      ['--since <time>', 'only those started since: 10m, or a time']
    ],
    request: (client, { subKey, state, since }) => client.get(`/api/v1/tasks${queryOf({ subKey, state, since })}`),
    show: (answer, options) =>
      printTable(['KEY', 'STATE', 'APPROVED', 'ASKED', 'STARTED'], answer.tasks.map(row), none(options))
  })
  daemonCommand<TaskView>(tasks, {
    name: 'show <key>',
    description: 'show one ask with its report',
    request: (client, _options, key) => client.get(`/api/v1/tasks/${encodeURIComponent(key)}`),
    show: task => {
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
    }
  })
  daemonCommand(tasks, {
    name: 'cancel <key>',
    description: 'cancel a running ask',
    request: (client, _options, key) => client.post(`/api/v1/tasks/${encodeURIComponent(key)}/cancel`),
    show: (_answer, _options, key) => print(`cancelled ${key}`)
  })
}

const none = ({ subKey, state }: LsOptions): string =>
  state === undefined
    ? `no running asks${subKey === undefined ? '' : ` with ${JSON.stringify(subKey)} in their key`}; --state all lists finished ones too`
    : 'no such asks'

const time = (unixMs: number): string => new Date(unixMs).toISOString()

const row = (task: TaskSummaryView): string[] => [
  task.key,
  task.state,
  `${task.approved}/${task.min}`,
  `${task.asked}`,
  time(task.startedAt)
]
