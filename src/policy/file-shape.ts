/** Readers for the values of a TOML file: each gives a typed value or says in one line what it expected. */
import { parseSpAddress } from '../codec/address.js'
import type { SpAddress } from '../domain/brands.js'
import { closest } from '../domain/closest-word.js'
import { parseSize } from '../domain/units.js'
import { ConfigError, shown } from '../errors.js'

/** Position of a value. */
export interface Place {
  readonly file: string
  readonly table: string
  readonly key: string
}

export type Reader<T> = (value: unknown, at: Place) => T

/** One line: `policy.toml: [Payload] Max: expected a size such as '5GiB', got 5`. */
export function complaint(at: Place, expected: string, got: string): ConfigError {
  const key = [at.table === '' ? '' : `[${at.table}]`, at.key].filter(part => part !== '').join(' ')
  return new ConfigError(`${at.file}: ${key === '' ? 'file' : key}: expected ${expected}, got ${got}`)
}

export const mismatch = (at: Place, expected: string, value: unknown): ConfigError =>
  complaint(at, expected, shownToml(value))

function shownToml(value: unknown): string {
  if (value instanceof Date) return 'a date or time'
  if (Array.isArray(value)) return `a list of ${value.length}`
  return typeof value === 'object' && value !== null ? 'a table' : shown(value).replace(/\p{Cc}/gu, ' ')
}

type Shape = Readonly<Record<string, Reader<unknown>>>
type Read<S extends Shape> = { readonly [K in keyof S]?: ReturnType<S[K]> }

const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)

/** A table with these keys and no others, each of which may be left out. */
export const table =
  <S extends Shape>(shape: S): Reader<Read<S>> =>
  (value, at) => {
    if (!isTable(value)) throw mismatch(at, `a table of ${Object.keys(shape).join(', ')}`, value)
    const inner = at.key === '' ? at.table : at.key
    const read: [string, unknown][] = []
    for (const [key, one] of Object.entries(value)) {
      const reader = Object.hasOwn(shape, key) ? shape[key] : undefined
      if (reader === undefined) throw unknownKey({ file: at.file, table: inner, key }, Object.keys(shape))
      read.push([key, reader(one, { file: at.file, table: inner, key })])
    }
    return Object.fromEntries(read) as Read<S>
  }

function unknownKey(at: Place, known: readonly string[]): ConfigError {
  const meant = closest(at.key, known)
  const place = { ...at, key: oneWord(at.key) }
  if (meant === undefined) return complaint(place, `one of ${known.join(', ')}`, 'an unknown key')
  return complaint(place, 'a known key', `an unknown one, did you mean ${meant}?`)
}

const oneWord = (key: string): string => (/^[\w-]{1,40}$/.test(key) ? key : shown(key.slice(0, 40)))

/** Entries of a list at most, so that one file cannot stall the event loop. */
const MAX_LIST = 2_048

export const list =
  <T>(what: string, reader: Reader<T>): Reader<readonly T[]> =>
  (value, at) => {
    if (!Array.isArray(value) || value.length > MAX_LIST) {
      throw mismatch(at, `a list of at most ${MAX_LIST} ${what}`, value)
    }
    return value.map(one => reader(one, at))
  }

export const size: Reader<bigint> = (value, at) => {
  const bytes = typeof value === 'string' ? parseSize(value) : undefined
  if (bytes === undefined) throw mismatch(at, "a size such as '5GiB'", value)
  return bytes
}

export const whole =
  (min: number, max: number): Reader<number> =>
  (value, at) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
      throw mismatch(at, `a whole number from ${min} to ${max}`, value)
    }
    return value
  }

export const oneOf =
  <T extends string>(...words: readonly T[]): Reader<T> =>
  (value, at) => {
    const word = words.find(known => known === value)
    if (word === undefined) throw mismatch(at, words.map(known => `'${known}'`).join(' or '), value)
    return word
  }

export const address: Reader<SpAddress> = (value, at) => {
  const parsed = typeof value === 'string' ? parseSpAddress(value) : undefined
  if (parsed === undefined) throw mismatch(at, 'an address of 0x and 40 hex digits', value)
  return parsed
}

/** Text that passes a check. */
export const text =
  (expected: string, fits: (value: string) => boolean): Reader<string> =>
  (value, at) => {
    if (typeof value !== 'string' || !fits(value)) throw mismatch(at, expected, value)
    return value
  }

const UTC_TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/i

/** A point in time, as TOML writes it or as text, with its offset. */
export const time: Reader<Date> = (value, at) => {
  const local = value instanceof Date && 'isLocal' in value && typeof value.isLocal === 'function' && value.isLocal()
  const date = typeof value === 'string' && UTC_TIME.test(value) ? new Date(value) : value
  if (local || !(date instanceof Date) || Number.isNaN(date.getTime())) {
    throw mismatch(at, 'a time with its offset such as 2026-08-01T02:00:00Z', value)
  }
  return new Date(date.getTime())
}
