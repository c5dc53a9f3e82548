import type { Command } from 'commander'
import { action } from '../shell/action.js'
import { configOf, type GlobalOptions } from '../shell/options.js'
import { print, printJson } from '../shell/output.js'

interface DumpOptions extends GlobalOptions {
  readonly effective?: boolean
}

export function registerConfig(program: Command): void {
  const config = program.command('config').description('the configuration file')
  const checking = config.command('check').description('check configuration, policy and SP file, and the key files')
  action<GlobalOptions>(checking, async () => check)
  const dumping = config
    .command('dump')
    .description('print what is set, secrets masked')
    .option('--effective', 'print every key, and where its value came from')
  action<DumpOptions>(dumping, async () => dump)
}

/** Everything that `start` would read is read and checked; nothing is made. */
async function check(options: GlobalOptions): Promise<void> {
  const config = await configOf(options)
  const [{ checkFiles }, { chainMode, InvalidConfigError }] = await Promise.all([
    import('../../config/module-options.js'),
    import('../../config/index.js')
  ])
  const faults = await checkFiles(config)
  if (faults.length > 0) throw new InvalidConfigError(faults)
  const { warnings, notices } = config
  if (options.json === true) {
    return printJson({ ok: true, file: config.file ?? null, chain: chainMode(config), warnings, notices })
  }
  for (const line of warnings) process.stderr.write(`warning: ${line}\n`)
  for (const line of notices) process.stderr.write(`notice: ${line}\n`)
  print(`${config.shownFile || 'defaults'}: ok`)
}

async function dump(options: DumpOptions): Promise<void> {
  const config = await configOf(options)
  const { dumpConfig, dumpToml } = await import('../../config/index.js')
  const effective = options.effective === true
  if (options.json === true) printJson({ file: config.file ?? null, settings: dumpConfig(config, { effective }) })
  else print(dumpToml(config, { effective }))
}
