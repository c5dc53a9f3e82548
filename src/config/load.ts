import { dirname, join, resolve } from 'node:path'
import { checkTogether, doubts } from './checks.js'
import { type Environment, valuesOfEnv } from './from-env.js'
import { type FileValues, valuesOfFile } from './from-file.js'
import { ENTRIES, type KeyEntry, type KeyPath, type Settings } from './keys.js'
import type { Refused } from './kinds.js'
import { InvalidConfigError, keyText, placeText, type Source } from './problems.js'
import { readConfigFile } from './read-file.js'

/** Flags by key: a text as typed, several texts for a list, or a boolean. */
export type Flags = Readonly<Partial<Record<KeyPath, string | readonly string[] | boolean>>>

export interface LoadOptions {
  /** Without it the defaults hold, changed by environment and flags. */
  readonly file?: string | undefined
  readonly env?: Environment
  readonly flags?: Flags
  /** Folder that relative paths of flags and variables start from; default: the working directory. */
  readonly cwd?: string
}

export interface EffectiveConfig {
  /** Absolute path of the file; `undefined` where none was read. */
  readonly file: string | undefined
  /** The file as it was named, for messages. */
  readonly shownFile: string
  readonly settings: Settings
  readonly sourceOf: (path: KeyPath) => Source
  /** Whatever an operator should change, one line each. */
  readonly warnings: readonly string[]
  /** Keys without an effect here: one line on other modules' keys, on those of an earlier and those of a later version. */
  readonly notices: readonly string[]
}

interface Candidate extends Source {
  readonly raw: unknown
  readonly base: string
}

/**
 * Reads the configuration: flags before environment before file before default.
 * @throws InvalidConfigError with every problem in a line of its own; ConfigError where the file cannot be read
 */
export function loadConfig(options: LoadOptions = {}): EffectiveConfig {
  const cwd = options.cwd ?? process.cwd()
  const file = options.file === undefined ? undefined : resolve(cwd, options.file)
  const base = file === undefined ? cwd : dirname(file)
  const shownFile = options.file ?? ''
  const read = file === undefined ? undefined : readConfigFile(file, shownFile)
  const fromFile: FileValues | undefined = read && valuesOfFile(shownFile, read.table)
  const fromEnv = valuesOfEnv(options.env ?? {})
  const problems = [...(fromFile?.problems ?? []), ...fromEnv.problems]

  const values = new Map<string, unknown>()
  const sources = new Map<string, Source>()
  for (const entry of ENTRIES) {
    const { path, key } = entry
    const flag = options.flags?.[path]
    const env = fromEnv.values.get(path)
    const candidates: readonly Candidate[] = [
      {
        from: 'flag',
        name: key.flag ?? path,
        raw: typeof flag === 'string' ? key.kind.fromText(flag) : flag,
        base: cwd
      },
      { from: 'env', name: env?.variable ?? '', raw: env?.raw, base: cwd },
      { from: 'file', name: shownFile, raw: fromFile?.values.get(path), base }
    ]
    // all sources are checked, so that one run reports every problem
    for (const { raw, base: start, ...source } of candidates.filter(({ raw: said }) => !isZero(said))) {
      const parsed = key.kind.parse(raw, start)
      if (!parsed.ok) problems.push(problemText(entry, source, raw, parsed))
      else if (!values.has(path)) {
        values.set(path, parsed.value)
        sources.set(path, source)
      }
    }
    if (!values.has(path)) values.set(path, defaultOf(entry, base))
  }
  const dataPath = String(values.get('P2P.DataPath'))
  for (const { path, key } of ENTRIES) {
    if (key.inData !== undefined && values.get(path) === '') values.set(path, join(dataPath, key.inData))
  }

  const config: EffectiveConfig = {
    file,
    shownFile,
    settings: nested(values),
    sourceOf: path => sources.get(path) ?? { from: 'default', name: 'default' },
    warnings: read?.readableByOthers === true ? inlineKeyWarning(shownFile, fromFile?.inlineKeys ?? []) : [],
    notices: notices(shownFile, fromFile, sources, values)
  }
  problems.push(...checkTogether(config))
  if (problems.length > 0) throw new InvalidConfigError(problems)
  return { ...config, warnings: [...config.warnings, ...doubts(config)] }
}

/** Not set; the Go provider writes '' / 0 / [] for it. */
const isZero = (raw: unknown): boolean =>
  raw === undefined || raw === '' || raw === 0 || (Array.isArray(raw) && raw.length === 0)

function defaultOf({ key }: KeyEntry, base: string): unknown {
  if (key.kind.name !== 'path' || key.initial === '') return key.initial
  return resolve(base, String(key.initial))
}

function problemText(entry: KeyEntry, source: Source, raw: unknown, { expected, got }: Refused): string {
  const secret = typeof raw === 'string' ? `another text of ${raw.length} characters` : `a ${typeof raw}`
  const shown = entry.key.secret === true ? secret : got
  return `${placeText(source, entry.section, entry.name)}: expected ${expected}, got ${shown}`
}

function nested(values: ReadonlyMap<string, unknown>): Settings {
  const settings: Record<string, Record<string, unknown>> = {}
  for (const { section, name, path } of ENTRIES) settings[section] = { ...settings[section], [name]: values.get(path) }
  return settings as unknown as Settings
}

function inlineKeyWarning(file: string, keys: readonly string[]): string[] {
  if (keys.length === 0) return []
  return [`${file} can be read by others and holds a private key (${keys.join(', ')}): chmod 600 it, or use a key file`]
}

function notices(
  file: string,
  { others = [], former = [] }: Partial<FileValues> = {},
  sources: ReadonlyMap<string, Source>,
  values: ReadonlyMap<string, unknown>
): string[] {
  const waiting = ENTRIES.filter(({ path, key }) => {
    if (key.waitsFor === undefined || !sources.has(path)) return false
    return JSON.stringify(values.get(path)) !== JSON.stringify(key.initial)
  }).map(({ section, name, key }) => `${keyText(section, name)} (${key.waitsFor})`)
  return [
    ...(others.length === 0
      ? []
      : [`${file}: keys of the provider's other modules, not used here: ${others.join(', ')}`]),
    ...(former.length === 0 ? [] : [`${file}: keys of an earlier version, without effect: ${former.join(', ')}`]),
    ...(waiting.length === 0 ? [] : [`no effect in this version, each waits for its part: ${waiting.join(', ')}`])
  ]
}
