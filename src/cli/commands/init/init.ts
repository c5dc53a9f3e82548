import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadConfig } from '../../../config/index.js'
import { ConfigError, loadKey, loadOrCreateKey, messageOf, operatorAddressOf, peerIdOf } from '../../../index.js'
import { UsageError } from '../../shell/fail.js'
import type { GlobalOptions } from '../../shell/options.js'
import { print, printJson, printPairs } from '../../shell/output.js'
import { ownProvidersFile } from '../../shell/providers-file.js'

export interface InitOptions extends GlobalOptions {
  readonly dir: string
  readonly force?: boolean
}

const TEMPLATES = fileURLToPath(new URL('../../../../../configs/', import.meta.url))
const KEYS = ['node.key', 'operator.key'] as const

/** All or nothing: what was made is taken back when a later step fails. Existing keys are kept, whatever is forced. */
export async function init(options: InitOptions): Promise<void> {
  const dir = resolve(options.dir)
  const data = join(dir, 'data')
  const files = ['config.toml', 'policy.toml', 'providers.toml'].map(name => join(dir, name))
  const taken = files.filter(file => existsSync(file))
  if (taken.length > 0 && options.force !== true) {
    throw new UsageError(
      `init: expected a folder without ${taken.join(', ')}, got it; --force replaces these, keys are kept`
    )
  }
  // a key file that cannot be used fails now, not after the first file was written
  for (const name of KEYS) if (existsSync(join(data, name))) await loadKey(join(data, name))

  const made: string[] = []
  try {
    for (const folder of [dir, data]) {
      const first = await mkdir(folder, { recursive: true, mode: 0o700 })
      if (first !== undefined) made.push(first)
    }
    const kept = KEYS.filter(name => existsSync(join(data, name)))
    const keys = []
    for (const name of KEYS) {
      if (!kept.includes(name)) made.push(join(data, name))
      keys.push(await loadOrCreateKey(join(data, name)))
    }
    const [node, operator] = keys
    if (node === undefined || operator === undefined) return
    const own = { operatorAddress: operatorAddressOf(operator), peerId: peerIdOf(node) }
    const contents = [
      await template('config.toml'),
      await template('policy.toml'),
      ownProvidersFile({ ...own, addresses: ['/ip4/127.0.0.1/tcp/9933'], network: 'local' })
    ]
    await writeAll(files, contents, made)
    loadConfig({ file: join(dir, 'config.toml') })
    if (options.json === true) return printJson({ ...own, files, keptKeys: kept })
    printPairs([
      ['SP address', own.operatorAddress],
      ['peer id', own.peerId],
      ['files', files.join(' ')],
      ['keys', kept.length === 0 ? 'made, mode 0600' : `kept: ${kept.join(', ')}`]
    ])
    print('next: sp-approval config check && sp-approval start')
  } catch (error) {
    for (const path of made.reverse()) await rm(path, { recursive: true, force: true })
    if (error instanceof Error && 'syscall' in error) {
      throw new ConfigError(`init: expected a folder that can be written, ${dir}, got ${messageOf(error)}`, {
        cause: error
      })
    }
    throw error
  }
}

const template = (name: string): Promise<string> => readFile(join(TEMPLATES, name), 'utf8')

/** Everything is written beside its place first, then put there. */
async function writeAll(files: readonly string[], contents: readonly string[], made: string[]): Promise<void> {
  const drafts = files.map(file => `${file}.${process.pid}.new`)
  for (const [index, draft] of drafts.entries()) {
    made.push(draft)
    await writeFile(draft, contents[index] ?? '', { mode: 0o600, flag: 'wx' })
  }
  for (const [index, file] of files.entries()) {
    if (!existsSync(file)) made.push(file)
    await rename(drafts[index] ?? '', file)
  }
}
