import type { Command } from 'commander'
import { action } from '../../action.js'
import { connect } from '../../client.js'
import { addDaemonOptions, type DaemonOptions } from '../../options.js'
import { print, printJson } from '../../output.js'

export function registerBootstrap(program: Command): void {
  const bootstrap = program.command('bootstrap').description('entries by which others find this node')
  const ls = addDaemonOptions(bootstrap.command('ls').description('list PEERID@HOST:PORT entries'))
  action<DaemonOptions>(ls, async () => async options => {
    const { nodes } = await (await connect(options)).get<{ nodes: string[] }>('/api/v1/bootstrap')
    if (options.json === true) printJson({ nodes })
    else print(nodes.length === 0 ? 'no bootstrap entries' : nodes.join('\n'))
  })
}
