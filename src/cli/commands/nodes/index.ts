import type { Command } from 'commander'
import { action } from '../../shell/action.js'
import type { GlobalOptions } from '../../shell/options.js'
import type { RmOptions } from './nodes.js'

/** Works without a running node: also where all of them are gone. */
export function registerNodes(program: Command): void {
  const nodes = program.command('nodes').description("this SP's own nodes, as the coordinator lists them")
  const load = () => import('./nodes.js')
  action<GlobalOptions>(nodes.command('ls').description('list them'), async () => (await load()).listNodes)

  const replace = nodes
    .command('replace')
    .description('say, signed, which nodes this SP has from now on; stop the others first, or they come back')
    .argument('[node...]', 'peer ids that are listed, or PEERID@HOST:PORT (default: the node of this configuration)')
  action<GlobalOptions>(replace, async () => (await load()).replaceNodes)

  const rm = nodes
    .command('rm')
    .description('say, signed, that nodes no longer speak for this SP')
    .argument('[peerid...]')
    .option('--all', 'take this SP off the list')
  action<RmOptions>(rm, async () => (await load()).removeNodes)
}
