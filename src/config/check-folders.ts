/** Checks whether a start could create its folders and files. Nothing is created. */
import { constants, existsSync } from 'node:fs'
import { access, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { messageOf } from '../errors.js'
import { chainMode } from './chain-mode.js'
import { place } from './checks.js'
import type { KeyPath } from './keys.js'
import type { EffectiveConfig } from './load.js'
import { InvalidConfigError } from './problems.js'

/** A store that is opened writes some kilobytes; with less nothing could be promised. */
const MIN_FREE_BYTES = 1024 * 1024

/** Of the grant store and the peer book, in the data folder. */
const STORE_FOLDERS = ['approvals', 'peers']

/**
 * One line per obstacle, with the first key that it affects.
 * @throws InvalidConfigError
 */
export async function checkFolders(config: EffectiveConfig): Promise<void> {
  const { DataPath } = config.settings.P2P
  const problems = new Map<string, string>()
  const check = async (path: KeyPath, kind: 'folder' | 'file', what: string, folder = what): Promise<void> => {
    const got = await obstacle(folder)
    if (got === undefined || problems.has(got)) return
    problems.set(got, `${place(config, path)}: expected a ${kind} that can be made and written, ${what}, got ${got}`)
  }
  await check('P2P.DataPath', 'folder', DataPath)
  for (const name of STORE_FOLDERS) await check('P2P.DataPath', 'folder', join(DataPath, name))
  for (const [path, file] of filesToMake(config)) await check(path, 'file', file, dirname(file))
  if (problems.size > 0) throw new InvalidConfigError([...problems.values()])
}

/** Files that a start makes where there are none. */
function filesToMake(config: EffectiveConfig): (readonly [KeyPath, string])[] {
  const { Api, Chain, Log, P2P, SpAccount } = config.settings
  const ownList = chainMode(config) === 'static' && config.sourceOf('Chain.ProvidersFile').from === 'default'
  const files: (readonly [KeyPath, string])[] = [
    ['P2P.P2PPrivateKeyFile', P2P.P2PPrivateKey === '' ? P2P.P2PPrivateKeyFile : ''],
    ['SpAccount.OperatorPrivateKeyFile', SpAccount.OperatorPrivateKey === '' ? SpAccount.OperatorPrivateKeyFile : ''],
    ['Api.TokenFile', Api.TokenFile],
    ['Chain.ProvidersFile', ownList ? Chain.ProvidersFile : ''],
    ['Log.Path', Log.Path]
  ]
  return files.filter(([, file]) => file !== '' && !existsSync(file))
}

/** Why the folder cannot be made or written: checks it, or else its nearest parent that exists. */
async function obstacle(folder: string): Promise<string | undefined> {
  try {
    if (!(await stat(folder)).isDirectory()) return `a file at ${folder}`
    await access(folder, constants.W_OK | constants.X_OK)
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize < MIN_FREE_BYTES ? `a full disk at ${folder}` : undefined
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const above = dirname(folder)
    if ((code === 'ENOENT' || code === 'ENOTDIR') && above !== folder) return await obstacle(above)
    if (code === 'EACCES' || code === 'EPERM') return `no permission to write in ${folder}`
    return code === 'EROFS' ? `a read-only file system at ${folder}` : messageOf(error)
  }
}
