/** The table of keys as types and as a list. */
import { KEYS, type Key } from './key-table.js'

type Table = typeof KEYS
export type Section = keyof Table

/** The configuration as typed values: `settings.P2P.P2PAddress`. Keys above the first section stand under `''`. */
export type Settings = {
  readonly [S in Section]: {
    readonly [K in keyof Table[S]]: Table[S][K] extends Key<infer T> ? T : never
  }
}

/** `Section.Key`, or just `Key` above the first section. */
export type KeyPath = {
  [S in Section]: S extends '' ? keyof Table[S] & string : `${S}.${keyof Table[S] & string}`
}[Section]

export interface KeyEntry {
  readonly section: string
  readonly name: string
  readonly path: KeyPath
  /** `SP_APPROVAL__SECTION__KEY`. */
  readonly env: string
  readonly key: Key<unknown>
}

/** `KeepPerSp` → `KEEP_PER_SP`, `P2PPingPeriod` → `P2P_PING_PERIOD`. */
export const upperSnake = (name: string): string =>
  name.replace(/([a-z])([A-Z0-9])|([A-Z0-9])([A-Z][a-z])/g, '$1$3_$2$4').toUpperCase()

export const pathOf = (section: string, name: string): string => (section === '' ? name : `${section}.${name}`)
export const envOf = (section: string, name: string): string =>
  ['SP_APPROVAL', ...(section === '' ? [] : [upperSnake(section)]), upperSnake(name)].join('__')

/** A value by its key, where types do not matter. */
export const valueAt = (settings: Settings, { section, name }: Pick<KeyEntry, 'section' | 'name'>): unknown =>
  (settings as unknown as Record<string, Record<string, unknown>>)[section]?.[name]

/** The table as a list, in its order. */
export const ENTRIES: readonly KeyEntry[] = Object.entries(KEYS).flatMap(([section, keys]) =>
  Object.entries(keys).map(([name, key]) => ({
    section,
    name,
    path: pathOf(section, name) as KeyPath,
    env: envOf(section, name),
    key: key as unknown as Key<unknown>
  }))
)
