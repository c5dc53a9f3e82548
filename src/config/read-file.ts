import { readFileSync, statSync } from 'node:fs'
import { parse, TomlError } from 'smol-toml'
import { ConfigError, fileFaultOf, KeyFileError, messageOf } from '../errors.js'
import { readSecret } from '../kit/secret-file.js'

/** Largest configuration file; the Go provider's full file has 6 KB. */
const MAX_FILE_BYTES = 1024 * 1024

export type TomlTable = Readonly<Record<string, unknown>>

export interface ConfigFile {
  readonly table: TomlTable
  /** Others than the owner may read it. */
  readonly readableByOthers: boolean
}

/**
 * @param name of the file in messages
 * @throws ConfigError in one line, which never quotes the file: it may hold a key
 */
export function readConfigFile(file: string, name: string): ConfigFile {
  let bytes: Uint8Array
  let mode: number
  try {
    const stat = statSync(file)
    if (!stat.isFile())
      throw new ConfigError(`${name}: expected a TOML file, got ${stat.isDirectory() ? 'a folder' : 'a device'}`)
    if (stat.size > MAX_FILE_BYTES) {
      throw new ConfigError(`${name}: expected a TOML file of at most ${MAX_FILE_BYTES} bytes, got ${stat.size}`)
    }
    mode = stat.mode
    bytes = readFileSync(file)
  } catch (error) {
    if (error instanceof ConfigError) throw error
    throw new ConfigError(`${name}: expected a readable TOML file, got ${fileFaultOf(error)}`, { cause: error })
  }
  return { table: parseToml(name, bytes), readableByOthers: (mode & 0o044) !== 0 }
}

function parseToml(name: string, bytes: Uint8Array): TomlTable {
  if (bytes.includes(0)) throw new ConfigError(`${name}: expected a TOML text, got binary data`)
  let content: string
  try {
    content = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new ConfigError(`${name}: expected a TOML text in UTF-8, got other bytes`, { cause: error })
  }
  try {
    return parse(content, { unsafeKeyBehaviour: 'throw', maxDepth: 32 })
  } catch (error) {
    const place = error instanceof TomlError ? `:${error.line}:${error.column}` : ''
    const why = messageOf(error).replace('Invalid TOML document: ', '')
    // no cause: the parser's error quotes the lines around
    throw new ConfigError(`${name}${place}: expected TOML, got ${why}`)
  }
}

/**
 * The text of a file with a secret, e.g. a join token, trimmed.
 * @throws KeyFileError when others can read it, ConfigError
 */
export function readSecretFile(file: string, what: string): string {
  const secret = readSecret(file)
  if ('text' in secret) return secret.text
  const { fault, got, cause } = secret
  if (fault === 'exposed') {
    throw new KeyFileError(`${file}: expected mode 0600 of a file with ${what}, got ${got}`, {
      hint: `chmod 600 ${file}`
    })
  }
  const why = fault === 'unreadable' ? fileFaultOf(cause) : got
  throw new ConfigError(`${file}: expected a readable file with ${what}, got ${why}`, { cause })
}
