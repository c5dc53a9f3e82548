/** The SP file: a TOML document with `[chain]` and one `[[providers]]` per SP; configs/providers.toml explains it. */
import { parse, TomlDate, TomlError } from 'smol-toml'
import type { SpEntry } from '../../domain/registry.js'
import { parseDuration } from '../../domain/units.js'
import { ConfigError, InvalidArgumentError, messageOf } from '../../errors.js'
import { parseEntries, requireNetwork } from '../entry-rules.js'
import { lineOf } from './line-of.js'

export interface ProvidersFile {
  readonly network: string
  /** Unix milliseconds of height 0. */
  readonly genesisMs: number
  readonly blockTimeMs: number
  readonly entries: readonly SpEntry[]
}

const MIN_BLOCK_TIME_MS = 100
const MAX_BLOCK_TIME_MS = 3_600_000

/**
 * @param name of the file, for messages
 * @throws ConfigError with file, line, key, what was expected and what came
 */
export function parseProvidersFile(text: string, name: string): ProvidersFile {
  const document = parseToml(text, name)
  try {
    const { chain, providers, ...rest } = document
    refuseUnknownKeys('the file', rest, ['chain', 'providers'])
    return {
      ...parseChain(chain),
      entries: parseEntries(providers ?? [], { list: 'providers', spell: snakeCase, strict: true })
    }
  } catch (cause) {
    if (!(cause instanceof InvalidArgumentError)) throw cause
    const line = lineOf(text, cause.message.slice(0, cause.message.indexOf(':')))
    throw new ConfigError(`${name}${line === undefined ? '' : `:${line}`}: ${cause.message}`, { cause })
  }
}

function parseToml(text: string, name: string): Record<string, unknown> {
  try {
    return parse(text, { unsafeKeyBehaviour: 'throw', maxDepth: 16 })
  } catch (cause) {
    const where = cause instanceof TomlError ? `${name}:${cause.line}:${cause.column}` : name
    const detail = messageOf(cause).replace(/^Invalid TOML document: /, '')
    throw new ConfigError(`${where}: expected TOML: ${detail}`, { cause })
  }
}

function parseChain(chain: unknown): Omit<ProvidersFile, 'entries'> {
  if (typeof chain !== 'object' || chain === null || Array.isArray(chain)) {
    throw new InvalidArgumentError('chain', 'a table [chain] with network, genesis and block_time', chain)
  }
  const { network, genesis, block_time, ...rest } = chain as Record<string, unknown>
  refuseUnknownKeys('chain', rest, ['network', 'genesis', 'block_time'])
  return {
    network: requireNetwork('chain.network', network),
    genesisMs: requireInstant('chain.genesis', genesis),
    blockTimeMs: requireBlockTime('chain.block_time', block_time)
  }
}

function requireInstant(what: string, value: unknown): number {
  if (value instanceof TomlDate && value.isDateTime() && !value.isLocal()) return value.getTime()
  const shown = value instanceof TomlDate ? value.toISOString() : value
  throw new InvalidArgumentError(what, 'a time with its zone such as 2025-01-01T00:00:00Z', shown)
}

function requireBlockTime(what: string, value: unknown): number {
  const ms = typeof value === 'string' ? parseDuration(value) : undefined
  if (ms !== undefined && ms >= MIN_BLOCK_TIME_MS && ms <= MAX_BLOCK_TIME_MS) return ms
  throw new InvalidArgumentError(what, "a duration from '100ms' to '1h'", value)
}

function refuseUnknownKeys(where: string, rest: object, known: readonly string[]): void {
  const [unknownKey] = Object.keys(rest)
  if (unknownKey !== undefined) throw new InvalidArgumentError(where, `only the keys ${known.join(', ')}`, unknownKey)
}

const snakeCase = (key: string): string => key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
