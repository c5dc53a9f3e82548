import type { Command } from 'commander'
import { action } from '../../shell/action.js'
import type { CreateOptions, ShowOptions } from './key.js'

export function registerKey(program: Command): void {
  const key = program.command('key').description('node and operator keys')
  const create = key
    .command('create')
    .description('make keys and print their peer id and address')
    .option('-n, --count <n>', 'so many keys', '1')
    .option('--out <file>', 'write to this file, mode 0600; several get a number behind the name (default: new.key)')
    .option('--private', 'print the private key, and write it only with --out')
  action<CreateOptions>(create, async () => (await import('./key.js')).createKeys)
  const show = key
    .command('show')
    .argument('[file]', "key file (default: the node's and the operator's of the configuration)")
    .description('print peer id and operator address of a key')
    .option('--private', 'print the private key too')
  action<ShowOptions>(show, async () => (await import('./key.js')).showKeys)
}
