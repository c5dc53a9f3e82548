import type { Command } from 'commander'
import { action } from '../../shell/action.js'
import type { InitOptions } from './init.js'

export function registerInit(program: Command): void {
  const init = program
    .command('init')
    .description('write commented configuration files and keys')
    .option('--dir <folder>', 'where to', '.')
    .option('--force', 'replace configuration files that exist; keys are always kept')
  action<InitOptions>(init, async () => (await import('./init.js')).init)
}
