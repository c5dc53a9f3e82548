import type { Command } from 'commander'
import { action } from '../../action.js'
import { addDaemonOptions, type DaemonOptions } from '../../options.js'

export interface WaitOptions extends DaemonOptions {
  readonly min?: string
  readonly timeout: string
}

export function registerWait(program: Command): void {
  const wait = addDaemonOptions(program.command('wait').description('wait until the daemon reaches enough SPs'))
    .option('--min <n>', 'SPs that must be reachable (default: [Ask] Min)')
    .option('--timeout <duration>', 'give up after', '60s')
  action<WaitOptions>(wait, async () => (await import('./wait.js')).wait)
}
