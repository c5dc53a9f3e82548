import { chainMode, dumpConfig, dumpToml } from '../../../config/index.js'
import { configOf, type GlobalOptions } from '../../options.js'
import { print, printJson } from '../../output.js'
import type { DumpOptions } from './index.js'

/** Everything that `start` would read is read and checked; nothing is made. */
export async function check(options: GlobalOptions): Promise<void> {
  const config = await configOf(options)
  const { checkFiles } = await import('../../../config/module-options.js')
  await checkFiles(config)
  const { warnings, notices } = config
  if (options.json === true) {
    return printJson({ ok: true, file: config.file ?? null, chain: chainMode(config), warnings, notices })
  }
  for (const line of warnings) process.stderr.write(`warning: ${line}\n`)
  for (const line of notices) process.stderr.write(`notice: ${line}\n`)
  print(`${config.shownFile || 'defaults'}: ok`)
}

export async function dump(options: DumpOptions): Promise<void> {
  const config = await configOf(options)
  const effective = options.effective === true
  if (options.json === true) printJson({ file: config.file ?? null, settings: dumpConfig(config, { effective }) })
  else print(dumpToml(config, { effective }))
}
