import type { Command } from 'commander'
import type { LogLevelView } from '../../api/http/index.js'
import { daemonCommand, queryOf } from '../shell/daemon-command.js'
import type { DaemonOptions } from '../shell/options.js'
import { print } from '../shell/output.js'

export function registerLog(program: Command): void {
  const log = program.command('log').description('the log of the running node')
  daemonCommand<LogLevelView, DaemonOptions & { readonly component?: string }>(log, {
    name: 'level',
    argument: ['[level]', 'debug, info, warn or error; without it the level is printed'],
    description: 'print or set the level until the next start',
    options: [
      ['--component <name>', "only of the component of this name, as in a line's field, or of a folder of them"]
    ],
    request: (client, { component }, level) =>
      level === ''
        ? client.get(`/api/v1/log/level${queryOf({ component })}`)
        : client.send('PUT', '/api/v1/log/level', { body: { level, component } }),
    show: ({ level }) => print(level)
  })
}
