/** Sorts the keys of a TOML table: ours, those of the provider's other modules, and unknown ones. */

import { closest } from '../domain/closest-word.js'
import { OTHER_MODULES_KEYS } from './gfsp-keys.js'
import { ENTRIES, pathOf } from './keys.js'
import { keyText } from './problems.js'
import type { TomlTable } from './read-file.js'

export interface FileValues {
  /** Raw values by key path. */
  readonly values: ReadonlyMap<string, unknown>
  /** `[Section] Key` of the Go provider's other modules. */
  readonly others: readonly string[]
  /** Keys of an earlier version, which its template contained. */
  readonly former: readonly string[]
  /** Keys that hold a private key inline. */
  readonly inlineKeys: readonly string[]
  readonly problems: readonly string[]
}

const OWN = new Set<string>(ENTRIES.map(entry => entry.path))
const OTHERS = new Set(
  Object.entries(OTHER_MODULES_KEYS).flatMap(([section, names]) => names.map(name => pathOf(section, name)))
)
/** In 0.1.0, with a single permitted value. */
const FORMER = new Set(['Ask.Strategy'])
const SECTIONS = new Set([...ENTRIES.map(entry => entry.section), ...Object.keys(OTHER_MODULES_KEYS)])

export function valuesOfFile(file: string, table: TomlTable): FileValues {
  const values = new Map<string, unknown>()
  const others: string[] = []
  const former: string[] = []
  const inlineKeys: string[] = []
  const problems: string[] = []

  const readSection = (section: string, content: TomlTable): void => {
    for (const [name, raw] of Object.entries(content)) {
      const path = pathOf(section, name)
      if (OWN.has(path)) values.set(path, raw)
      else if (OTHERS.has(path)) others.push(keyText(section, name))
      else if (FORMER.has(path)) former.push(keyText(section, name))
      else if (SECTIONS.has(path)) openSection(path, raw)
      else problems.push(`${file}: ${unknown(section, name, raw)}`)
      if (/PrivateKey$/.test(name) && typeof raw === 'string' && raw !== '') inlineKeys.push(keyText(section, name))
    }
  }
  const openSection = (section: string, raw: unknown): void => {
    if (isTable(raw)) readSection(section, raw)
    else problems.push(`${file}: [${section}]: expected a section, got ${Array.isArray(raw) ? 'a list' : 'a value'}`)
  }

  readSection('', table)
  return { values, others, former, inlineKeys, problems }
}

const isTable = (raw: unknown): raw is TomlTable =>
  raw !== null && typeof raw === 'object' && !Array.isArray(raw) && !(raw instanceof Date)

/** An unknown section or key, with what was probably meant: a neighbour first, then the same key elsewhere. */
function unknown(section: string, name: string, raw: unknown): string {
  const shortName = name.length > 60 ? `${name.slice(0, 57)}...` : name
  if (isTable(raw)) {
    const meant = closest(
      pathOf(section, name),
      [...SECTIONS].filter(known => known !== '')
    )
    return `[${pathOf(section, shortName)}]: expected a known section, got an unknown one${hint(meant && `[${meant}]`)}`
  }
  const neighbours = known(section)
  const meant = closest(name, neighbours)
  const elsewhere = [...SECTIONS].filter(other => known(other).includes(name)).map(other => keyText(other, name))
  return `${keyText(section, shortName)}: expected a known key, got an unknown one${hint(meant ?? elsewhere[0])}`
}

const hint = (meant: string | undefined): string => (meant === undefined ? '' : `, did you mean ${meant}?`)

const known = (section: string): readonly string[] => [
  ...ENTRIES.filter(entry => entry.section === section).map(entry => entry.name),
  ...(OTHER_MODULES_KEYS[section] ?? [])
]
