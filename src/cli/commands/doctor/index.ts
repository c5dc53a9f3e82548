import type { Command } from 'commander'
import { action } from '../../action.js'
import { addDaemonOptions, type DaemonOptions } from '../../options.js'

const EXIT_CODES = `
Exit codes: 0 nothing failed, 1 a check failed, 3 no daemon answers; then what can be checked without it is checked.`

export function registerDoctor(program: Command): void {
  const doctor = addDaemonOptions(program.command('doctor'))
    .description('say what is wrong with this node, or with the way to one SP, and what to do')
    .argument('[sp]', 'operator address of an SP')
    .addHelpText('after', EXIT_CODES)
  action<DaemonOptions>(doctor, async () => (await import('./doctor.js')).doctor)
}
