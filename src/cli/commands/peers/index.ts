import type { Command } from 'commander'
import { action } from '../../action.js'
import { addDaemonOptions, type DaemonOptions } from '../../options.js'

export interface LsOptions extends DaemonOptions {
  readonly sp?: string
  readonly state?: string
}

export interface PingOptions extends DaemonOptions {
  readonly count: string
}

export function registerPeers(program: Command): void {
  const peers = program.command('peers').description('nodes of storage providers')
  const load = () => import('./peers.js')
  const command = (name: string, description: string): Command =>
    addDaemonOptions(peers.command(name).description(description))

  const ls = command('ls', 'list known nodes')
    .option('--sp <address>', 'only those of this SP')
    .option('--state <state>', 'only those in this state: hint, claimed, verified, failing or zombie')
  action<LsOptions>(ls, async () => (await load()).list)

  const show = command('show', 'show one node with all its addresses').argument('<id>', 'peer id')
  action<DaemonOptions>(show, async () => (await load()).show)

  const add = command('add', 'take a node into the book and dial it').argument('<entry>', 'PEERID@HOST:PORT')
  action<DaemonOptions>(add, async () => (await load()).add)

  const rm = command('rm', 'forget a node; one that the SP list or the configuration names comes back')
  action<DaemonOptions>(rm.argument('<id>', 'peer id'), async () => (await load()).remove)

  const ping = command('ping', 'ping a node now; exit code 3 when no pong comes')
    .argument('<id>', 'peer id')
    .option('-n, --count <n>', 'pings, one a second, 1 to 10', '1')
  action<PingOptions>(ping, async () => (await load()).ping)

  const block = command('block', 'neither dial a node nor let it in, restarts included').argument('<id>', 'peer id')
  action<DaemonOptions>(block, async () => (await load()).block)

  const unblock = command('unblock', 'lift the block').argument('<id>', 'peer id')
  action<DaemonOptions>(unblock, async () => (await load()).unblock)
}
