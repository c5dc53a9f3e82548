import { createRequire } from 'node:module'
import { Command } from 'commander'
import { registerAsk } from './commands/ask/index.js'
import { registerBootstrap } from './commands/bootstrap.js'
import { registerChain } from './commands/chain.js'
import { registerCluster } from './commands/cluster.js'
import { registerConfig } from './commands/config.js'
import { registerCoordinator } from './commands/coordinator/index.js'
import { registerDoctor } from './commands/doctor/index.js'
import { registerGrants } from './commands/grants.js'
import { registerInit } from './commands/init/index.js'
import { registerKey } from './commands/key/index.js'
import { registerLog } from './commands/log.js'
import { registerNodes } from './commands/nodes/index.js'
import { registerPeers } from './commands/peers.js'
import { registerPolicy } from './commands/policy.js'
import { registerSps } from './commands/sps.js'
import { registerStart } from './commands/start/index.js'
import { registerTasks } from './commands/tasks.js'
import { registerWait } from './commands/wait.js'
import { addGlobalOptions } from './shell/options.js'

const { version } = createRequire(import.meta.url)('../../../package.json') as { version: string }

const EXIT_CODES = `
Exit codes: 0 ok, 1 runtime, 2 usage or config, 3 not reachable, 4 insufficient approvals.
Sizes and durations are written with units: 128MiB, 5s.`

/** The whole command line. Errors are thrown, not printed: `fail` prints them. */
export function createProgram({ json }: { readonly json: boolean }): Command {
  const program = new Command('sp-approval')
    .description('Replicate-piece approvals between storage providers.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', EXIT_CODES)
    .configureHelp({ showGlobalOptions: true })
  addGlobalOptions(program)
  for (const register of [
    registerInit,
    registerStart,
    registerConfig,
    registerKey,
    registerAsk,
    registerTasks,
    registerGrants,
    registerPolicy,
    registerPeers,
    registerSps,
    registerNodes,
    registerBootstrap,
    registerWait,
    registerDoctor,
    registerChain,
    registerLog,
    registerCoordinator,
    registerCluster
  ]) {
    register(program)
  }
  throwErrors(program, json)
  return program
}

/** @param json what would be help on stderr is an error of its own there */
function throwErrors(command: Command, json: boolean): void {
  const nothing = (): void => undefined
  command.exitOverride().configureOutput({ outputError: nothing, ...(json && { writeErr: nothing }) })
  command.configureHelp({ showGlobalOptions: true })
  for (const child of command.commands) throwErrors(child, json)
}
