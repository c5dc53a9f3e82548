import type { Command } from 'commander'
import { action } from '../../action.js'
import { addDaemonOptions } from '../../options.js'
import type { AskOptions } from './ask.js'

export function registerAsk(program: Command): void {
  const ask = addDaemonOptions(program.command('ask').description('ask other SPs to take an object'))
    .option('--bucket <name>', 'bucket of the object')
    .option('--object <name>', 'name of the object')
    .option('--id <number>', 'id of the object')
    .option('--payload-size <size>', 'its size, e.g. 128MiB')
    .option('--task <file>', 'a whole task in proto3 JSON instead')
    .option('--min <n>', 'SPs that must approve (default: [Ask] Min)')
    .option('--max <n>', 'return at so many approvals (default: [Ask] Max)')
    .option('--timeout <duration>', 'deadline (default: [Ask] Timeout)')
    .option('--priority <n>', 'task priority, 0 to 255')
    .option('--watch', 'print what happens while it runs')
  action<AskOptions>(ask, async () => (await import('./ask.js')).ask)
}
