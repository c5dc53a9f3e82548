import { readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { parse } from 'smol-toml'
import { MAX_GRANTS, MAX_GRANTS_PER_ASKER } from '../constants.js'
import { REDUNDANCY, VISIBILITY } from '../domain/task.js'
import { ConfigError, fileFaultOf, messageOf } from '../errors.js'
import { type BuiltInRule, sizeText } from './built-in-rule.js'
import { DEFAULT_CHUNKS, DEFAULT_GRANT_LIMITS, DEFAULT_MAX_PAYLOAD, DEFAULT_RATES } from './defaults.js'
import { address, complaint, list, oneOf, type Place, size, table, text, time, whole } from './file-shape.js'
import { parseDaily } from './maintenance.js'
import { MAX_CHUNKS, MAX_RATE, type RedundancyName, rules, type VisibilityName } from './rules.js'

/** What a policy file says: its rules in the order in which they decide, and the last word. */
export interface PolicyFile {
  readonly rules: readonly BuiltInRule[]
  readonly otherwise: 'approve' | 'refuse'
}

const names = <T extends string>(numbers: Readonly<Record<T, number>>): T[] => Object.keys(numbers) as T[]

const shape = table({
  Default: oneOf('approve', 'refuse'),
  Askers: table({ Allow: list('addresses', address), Deny: list('addresses', address) }),
  Payload: table({ Max: size, Min: size }),
  Capacity: table({
    Total: size,
    KeepFree: size,
    PerAskerPercent: whole(1, 100),
    PerAskerGrants: whole(1, MAX_GRANTS_PER_ASKER),
    TotalGrants: whole(1, MAX_GRANTS)
  }),
  Rate: table({ PerSp: whole(1, MAX_RATE), PerOpenSp: whole(1, MAX_RATE), Total: whole(1, MAX_RATE) }),
  Object: table({
    Visibility: list('names', oneOf<VisibilityName>(...names(VISIBILITY))),
    Redundancy: list('names', oneOf<RedundancyName>(...names(REDUNDANCY))),
    MinDataChunks: whole(1, MAX_CHUNKS),
    MaxDataChunks: whole(1, MAX_CHUNKS),
    MinParityChunks: whole(0, MAX_CHUNKS),
    MaxParityChunks: whole(0, MAX_CHUNKS)
  }),
  Maintenance: list(
    'tables',
    table({
      From: time,
      To: time,
      Daily: text("two different times 'HH:MM-HH:MM' in UTC", value => parseDaily(value) !== undefined),
      Code: oneOf('NOT_IN_SERVICE', 'POLICY'),
      Reason: text('one line of at most 128 characters', value => /^[^\p{Cc}]{1,128}$/u.test(value))
    })
  )
})

type Values = ReturnType<typeof shape>

/**
 * @param path of the file, for the message
 * @throws ConfigError with one line `file: key: expected …, got …`, and nothing else
 */
export function parsePolicyFile(content: string, path: string): PolicyFile {
  const file = basename(path)
  // A file that is written in place is empty for a moment, and empty TOML would mean every default.
  if (content.trim() === '') throw new ConfigError(`${file}: expected a policy, got an empty file`)
  const values = shape(toml(content, file), { file, table: '', key: '' })
  return { rules: rulesOf(values, file), otherwise: values.Default ?? 'approve' }
}

/** Thousands of addresses fit; more would stall the event loop while it is parsed. */
const MAX_FILE_BYTES = 256 * 1024

/** @throws ConfigError */
export function readPolicyFile(path: string): string {
  const file = basename(path)
  try {
    const found = statSync(path)
    if (!found.isFile()) throw new ConfigError(`${path}: expected a policy file, got something else`)
    const { size } = found
    if (size > MAX_FILE_BYTES) {
      throw new ConfigError(`${file}: expected a policy of at most ${MAX_FILE_BYTES} bytes, got ${size}`)
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
  } catch (error) {
    if (error instanceof ConfigError) throw error
    const hint = 'configs/policy.toml of this package is a commented one'
    throw new ConfigError(`${path}: expected a readable policy file, got ${fileFaultOf(error)}`, { cause: error, hint })
  }
}

function toml(content: string, file: string): unknown {
  try {
    return parse(content)
  } catch (error) {
    const at = error instanceof Error && 'line' in error ? `:${error.line}` : ''
    const why = messageOf(error).replace(/^Invalid TOML document: /, '')
    throw new ConfigError(`${file}${at}: expected valid TOML, got ${why}`, { cause: error })
  }
}

function rulesOf(values: Values, file: string): BuiltInRule[] {
  const { Askers = {}, Payload = {}, Capacity = {}, Rate = {}, Object: object = {}, Maintenance = [] } = values
  const { Allow = [], Deny = [] } = Askers
  const max = Payload.Max ?? DEFAULT_MAX_PAYLOAD
  const min = Payload.Min ?? 0n
  const total = Capacity.Total ?? DEFAULT_GRANT_LIMITS.capacityBytes
  const keepFree = Capacity.KeepFree ?? DEFAULT_GRANT_LIMITS.keepFreeBytes
  const within = (table: string, key: string, good: boolean, expected: string, got: string): void => {
    if (!good) throw complaint({ file, table, key }, expected, got)
  }
  within('Payload', 'Min', min <= max, 'a size not above Max', `${sizeText(min)} above ${sizeText(max)}`)
  within(
    'Capacity',
    'KeepFree',
    keepFree === 0n || keepFree < total,
    'a size below Total',
    `${sizeText(keepFree)} of ${sizeText(total)}`
  )
  const range = (kind: 'DataChunks' | 'ParityChunks', least: number) => {
    const low = object[`Min${kind}`] ?? least
    const high = object[`Max${kind}`] ?? Math.max(low, DEFAULT_CHUNKS.max)
    within('Object', `Min${kind}`, low <= high, `a number not above Max${kind}`, `${low} above ${high}`)
    return { min: low, max: high }
  }
  const listed = { Visibility: object.Visibility, Redundancy: object.Redundancy }
  for (const [key, list] of Object.entries(listed)) {
    within('Object', key, list === undefined || list.length > 0, 'at least one name', 'none')
  }
  return [
    ...Maintenance.map(window => maintenanceOf(window, { file, table: 'Maintenance', key: '' })),
    ...(Deny.length > 0 ? [rules.deny(Deny)] : []),
    ...(Allow.length > 0 ? [rules.allow(Allow)] : []),
    rules.rates({
      perSp: Rate.PerSp ?? DEFAULT_RATES.perSp,
      perOpenSp: Rate.PerOpenSp ?? DEFAULT_RATES.perOpenSp,
      total: Rate.Total ?? DEFAULT_RATES.total
    }),
    rules.maxPayloadSize(max),
    ...(min > 0n ? [rules.minPayloadSize(min)] : []),
    rules.visibility(object.Visibility ?? names(VISIBILITY)),
    rules.redundancy(object.Redundancy ?? names(REDUNDANCY)),
    rules.dataChunks(range('DataChunks', DEFAULT_CHUNKS.min)),
    rules.parityChunks(range('ParityChunks', 0)),
    rules.grants({
      perAskerPercent: Capacity.PerAskerPercent ?? Number(DEFAULT_GRANT_LIMITS.perAskerPercent),
      perAsker: Capacity.PerAskerGrants ?? DEFAULT_GRANT_LIMITS.perAskerGrants,
      total: Capacity.TotalGrants ?? DEFAULT_GRANT_LIMITS.totalGrants
    }),
    rules.capacity(total),
    ...(keepFree > 0n ? [rules.freeCapacity(keepFree)] : [])
  ]
}

function maintenanceOf(window: NonNullable<Values['Maintenance']>[number], at: Place): BuiltInRule {
  const { From, To, Daily, Code, Reason } = window
  const words = { ...(Code !== undefined && { code: Code }), ...(Reason !== undefined && { reason: Reason }) }
  if (Daily !== undefined && From === undefined && To === undefined) {
    return rules.maintenance({ daily: Daily, ...words })
  }
  if (Daily !== undefined || From === undefined || To === undefined) {
    throw complaint(at, 'either Daily, or From and To', Object.keys(window).join(', ') || 'an empty table')
  }
  if (From >= To) throw complaint({ ...at, key: 'To' }, `a time after From ${From.toISOString()}`, To.toISOString())
  return rules.maintenance({ from: From, to: To, ...words })
}
