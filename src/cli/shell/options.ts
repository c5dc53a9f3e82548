/** Options that many commands share, and the configuration they lead to. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import type { EffectiveConfig } from '../../config/index.js'

/** Understood by every command. */
export interface GlobalOptions {
  readonly config?: string
  readonly json?: boolean
  readonly debug?: boolean
}

export function addGlobalOptions(program: Command): Command {
  return program
    .option('-c, --config <file>', 'configuration file (default: SP_APPROVAL_CONFIG, then ./config.toml)')
    .option('--json', 'print JSON')
    .option('--debug', 'print the stack of an error')
}

/** How a command finds the running daemon. */
export interface DaemonOptions extends GlobalOptions {
  readonly http?: string
  readonly tokenFile?: string
}

export function addDaemonOptions(command: Command): Command {
  return command
    .addOption(new Option('--http <address>', "HOST:PORT of the daemon's HTTP API"))
    .addOption(new Option('--token-file <file>', 'file with its bearer token'))
}

/** The file to read: as told, from the environment, or `config.toml` where one lies here. */
export function configFile(options: GlobalOptions): string | undefined {
  const told = options.config ?? process.env.SP_APPROVAL_CONFIG
  if (told !== undefined && told !== '') return told
  return existsSync(join(process.cwd(), 'config.toml')) ? 'config.toml' : undefined
}

/**
 * @param flags values of options by their names; those that stand for a key come before the key's other sources
 * @throws InvalidConfigError
 */
export async function configOf(options: GlobalOptions, flags: object = {}): Promise<EffectiveConfig> {
  const { flagsOf, loadConfig } = await import('../../config/index.js')
  return loadConfig({ file: configFile(options), env: process.env, flags: flagsOf(flags) })
}
