import type { Command } from 'commander'
import { action } from '../../action.js'
import type { GlobalOptions } from '../../options.js'

export interface DumpOptions extends GlobalOptions {
  readonly effective?: boolean
}

export function registerConfig(program: Command): void {
  const config = program.command('config').description('the configuration file')
  const check = config.command('check').description('check configuration, policy and SP file, and the key files')
  action<GlobalOptions>(check, async () => (await import('./config.js')).check)
  const dump = config
    .command('dump')
    .description('print what is set, secrets masked')
    .option('--effective', 'print every key, and where its value came from')
  action<DumpOptions>(dump, async () => (await import('./config.js')).dump)
}
