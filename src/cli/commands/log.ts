import type { Command } from 'commander'
import type { LogLevelView } from '../../api/http/index.js'
import { daemonCommand } from '../daemon-command.js'
import { print } from '../output.js'

export function registerLog(program: Command): void {
  const log = program.command('log').description('the log of the running node')
  daemonCommand<LogLevelView>(log, {
    name: 'level',
    argument: ['[level]', 'debug, info, warn or error; without it the level is printed'],
    description: 'print or set the level until the next start',
    request: (client, _options, level) =>
      level === '' ? client.get('/api/v1/log/level') : client.send('PUT', '/api/v1/log/level', { body: { level } }),
    show: ({ level }) => print(level)
  })
}
