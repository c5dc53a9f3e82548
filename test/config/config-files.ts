/** Configuration files of a test, and what loading one complains of. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EffectiveConfig, InvalidConfigError, loadConfig } from '../../src/config/index.js'
import { ConfigError } from '../../src/errors.js'
import { guardFolder } from '../support/guard.js'

export const KEY = 'c0ffee'.padEnd(64, '7')
export const PEER = '16Uiu2HAmG4KTyFsK71BVwjY4z6WwcNBVb6vAiuuL9ASWdqiTzNZH'
export const ADDRESS = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'
/** Of all files in this process. */
export const dir = mkdtempSync(join(tmpdir(), 'sp-config-'))
guardFolder(dir)
let count = 0

export const fileOf = (content: string | Uint8Array): string => {
  const file = join(dir, `config-${++count}.toml`)
  writeFileSync(file, content, { mode: 0o600 })
  return file
}

export const load = (content: string, more: Parameters<typeof loadConfig>[0] = {}): EffectiveConfig =>
  loadConfig({ file: fileOf(content), ...more })

export function problemsOf(run: () => unknown): readonly string[] {
  try {
    run()
  } catch (error) {
    if (error instanceof InvalidConfigError) return error.problems
    if (error instanceof ConfigError) return [error.message]
    throw error
  }
  return []
}
