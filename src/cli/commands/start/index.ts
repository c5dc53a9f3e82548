import type { Command } from 'commander'
import { action } from '../../shell/action.js'
import { configOf, type GlobalOptions } from '../../shell/options.js'
import { checkToken } from '../../shell/token-file.js'

export function registerStart(program: Command): void {
  const start = program
    .command('start')
    .description('run one node until Ctrl-C')
    .option('--data-dir <folder>', 'grant store, keys and side files')
    .option('--listen <multiaddr...>', 'where the node listens, e.g. /ip4/0.0.0.0/tcp/9933')
    .option('--announce <multiaddr...>', 'what others are told')
    .option('--bootstrap <entry...>', 'nodes to contact first, PEERID@HOST:PORT')
    .option('--allow-private', 'dial loopback and private addresses; for local clusters')
    .option('--log-level <level>', 'debug, info, warn or error')
    .option('--http <address>', 'listening address of the HTTP API')
    .option('--token-file <file>', 'bearer token of the HTTP API')
    .option('--metrics <address>', 'listening address of /metrics')
    .option('--policy <file>', 'policy file')
    .option('--chain <mode>', 'static or coordinator')
    .option('--providers <file>', 'SP file of the static mode')
    .option('--coordinator <url>', 'URL of the coordinator')
    .option('--coordinator-key <hex>', 'its public key')
    .option('--network <name>', 'name of the network')
    .option('--join-token-file <file>', 'file with the join token')
  action(start, async () => runStart)
}

/** Reports the problems of the configuration and its files before it makes any folder, key or list. */
async function runStart(options: GlobalOptions): Promise<number> {
  const config = await configOf(options, options)
  const { checkFiles } = await import('../../../config/module-options.js')
  const faults = await checkFiles(config)
  checkToken(config.settings.Api.TokenFile)
  const { runNode } = await import('./run-node.js')
  // The list may be completed while the node runs: a warning, no reason to stay away.
  return runNode({ ...config, warnings: [...config.warnings, ...faults] }, options.json === true)
}
