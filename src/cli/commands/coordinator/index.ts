import type { Command } from 'commander'
import { action } from '../../shell/action.js'
import type { CoordinatorOptions } from './coordinator.js'

export function registerCoordinator(program: Command): void {
  const coordinator = program
    .command('coordinator')
    .description('run the SP list and heights of a network without a chain')
    .option('--listen <address>', 'HOST:PORT', '127.0.0.1:9400')
    .option('--data-dir <folder>', 'its key and its list', './coordinator-data')
    .option('--network <name>', 'name of the network', 'local')
    .option('--allow <address...>', 'operator addresses that may join')
    .option('--join-token-file <file>', 'who has this token may join too')
    .option('--open', 'everybody may join; for trials only')
    .option('--block-time <duration>', 'time between two heights (default: 2s); fixed by the first start')
    .option('--log-level <level>', 'debug, info, warn or error')
  action<CoordinatorOptions>(coordinator, async () => (await import('./coordinator.js')).coordinator)
}
