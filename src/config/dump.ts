/** The effective configuration, for people and programs. Secrets are masked here and nowhere else. */
import { withoutUrlSecrets } from '../kit/shown.js'
import { ENTRIES, type KeyEntry, valueAt } from './keys.js'
import type { EffectiveConfig } from './load.js'
import type { Source } from './problems.js'

const MASK = '***'

export interface DumpedKey {
  readonly section: string
  readonly key: string
  readonly value: unknown
  readonly from: Source['from']
  /** The file, the variable or the flag. */
  readonly source: string
}

/** Every key with its value and where it came from; only those that are set without `effective`. */
export function dumpConfig(config: EffectiveConfig, options: { readonly effective: boolean }): DumpedKey[] {
  return ENTRIES.flatMap(entry => {
    const { from, name: source } = config.sourceOf(entry.path)
    if (from === 'default' && !options.effective) return []
    const held = valueAt(config.settings, entry)
    const value = entry.key.secret === true && held !== '' ? MASK : shownOf(held)
    return [{ section: entry.section, key: entry.name, value, from, source }]
  })
}

/** The same as TOML, the source as a comment behind each value. */
export function dumpToml(config: EffectiveConfig, options: { readonly effective: boolean }): string {
  const lines: string[] = []
  let section = ''
  for (const dumped of dumpConfig(config, options)) {
    const entry = ENTRIES.find(({ section: of, name }) => of === dumped.section && name === dumped.key)
    if (entry === undefined) continue
    if (dumped.section !== section) lines.push(...(lines.length === 0 ? [] : ['']), `[${dumped.section}]`)
    section = dumped.section
    const comment = options.effective ? `  # ${dumped.source}` : ''
    lines.push(`${dumped.key} = ${tomlValue(entry, dumped.value)}${comment}`)
  }
  return lines.join('\n')
}

/** A masked configuration as one object, for the HTTP API. */
export function maskedConfig(config: EffectiveConfig): Record<string, Record<string, unknown>> {
  const result: Record<string, Record<string, unknown>> = {}
  for (const { section, key, value, source } of dumpConfig(config, { effective: true })) {
    const name = section === '' ? 'Top' : section
    result[name] = { ...result[name], [key]: { value, source } }
  }
  return result
}

/** URLs without what they may hold of secrets. */
const shownOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shownOf)
  return typeof value === 'string' ? withoutUrlSecrets(value) : value
}

const tomlValue = ({ key }: KeyEntry, value: unknown): string =>
  value === '' || value === MASK ? `'${value}'` : key.kind.show(value as never)
