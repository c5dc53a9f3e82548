import type { Command } from 'commander'
import type { BootstrapView } from '../../api/http/index.js'
import { daemonCommand } from '../shell/daemon-command.js'
import { print } from '../shell/output.js'

export function registerBootstrap(program: Command): void {
  const bootstrap = program.command('bootstrap').description('entries by which others find this node')
  daemonCommand<BootstrapView>(bootstrap, {
    name: 'ls',
    description: 'list PEERID@HOST:PORT entries',
    request: client => client.get('/api/v1/bootstrap'),
    show: ({ nodes }) => print(nodes.length === 0 ? 'no bootstrap entries' : nodes.join('\n'))
  })
}
