/** Kinds of values a configuration key can have: how they are parsed, and the error text for an invalid one. */
import { isAbsolute, resolve } from 'node:path'
import { formatDuration, parseDuration } from '../domain/units.js'
import { shown } from '../errors.js'

export interface Refused {
  readonly ok: false
  readonly expected: string
  readonly got: string
}
export type Parsed<T> = { readonly ok: true; readonly value: T } | Refused

export interface Kind<T> {
  /** For the reference page. */
  readonly name: string
  /** Continues “expected …”. */
  readonly expected: string
  /** @param base folder that relative paths start from */
  readonly parse: (raw: unknown, base: string) => Parsed<T>
  /** The text of an environment variable or a flag as the value that TOML would give. */
  readonly fromText: (text: string) => unknown
  /** The value as it stands in a TOML file. */
  readonly show: (value: T) => string
}

const asIs = (text: string): unknown => text
const fail = (expected: string, raw: unknown): Parsed<never> => ({ ok: false, expected, got: got(raw) })
const quote = (text: string): string => (text.includes("'") ? JSON.stringify(text) : `'${text}'`)

/** A value in an error line; anything but a scalar is shown by its type, so that the line stays short. */
function got(raw: unknown): string {
  if (raw instanceof Date) return 'a date'
  if (Array.isArray(raw)) return `a list of ${raw.length}`
  if (raw !== null && typeof raw === 'object') return 'a table'
  return typeof raw === 'boolean' || typeof raw === 'string' ? shown(raw) : String(raw)
}

/** Text that passes a check; the check may rewrite it. @param told how a refused value is shown */
export function checkedText<T extends string = string>(
  name: string,
  expected: string,
  check: (text: string, base: string) => T | undefined,
  told: (raw: unknown) => string = got
): Kind<T> {
  return {
    name,
    expected,
    fromText: asIs,
    show: quote,
    parse: (raw, base) => {
      const value = typeof raw === 'string' ? check(raw.trim(), base) : undefined
      return value === undefined ? { ok: false, expected, got: told(raw) } : { ok: true, value }
    }
  }
}

const CONTROL = /\p{Cc}/u

export const text = (expected = 'a text in quotes'): Kind<string> =>
  checkedText('text', expected, value => (CONTROL.test(value) ? undefined : value))

export const matching = (name: string, expected: string, pattern: RegExp): Kind<string> =>
  checkedText(name, expected, value => (pattern.test(value) ? value : undefined))

/** One of a few words; `''` among them stands for “not set”. */
export function choice<const T extends string>(...words: readonly T[]): Kind<T> {
  const expected = `one of ${words
    .filter(word => word !== '')
    .map(word => `'${word}'`)
    .join(', ')}`
  return checkedText('choice', expected, value => words.find(word => word === value))
}

export const path: Kind<string> = checkedText('path', 'a file path in quotes', (value, base) =>
  CONTROL.test(value) ? undefined : isAbsolute(value) ? value : resolve(base, value)
)

export const url: Kind<string> = checkedText('url', "an http or https URL, e.g. 'http://127.0.0.1:9400'", value => {
  if (!URL.canParse(value)) return undefined
  const { protocol, username, password } = new URL(value)
  return /^https?:$/.test(protocol) && username === '' && password === '' ? value.replace(/\/+$/, '') : undefined
})

/** 32 bytes in hex. Never shown. */
export const privateKey: Kind<string> = checkedText('private key', 'a private key of 64 hex digits', value =>
  /^(0x)?[0-9a-f]{64}$/i.test(value) ? value : undefined
)

export const spAddress: Kind<string> = matching(
  'SP address',
  "an operator address of 40 hex digits, e.g. '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'",
  /^(0x)?[0-9a-f]{40}$/i
)

export const flag: Kind<boolean> = {
  name: 'true or false',
  expected: 'true or false, without quotes',
  fromText: said => (/^(true|1|yes|on)$/i.test(said) ? true : /^(false|0|no|off)$/i.test(said) ? false : said),
  show: String,
  parse: raw => (typeof raw === 'boolean' ? { ok: true, value: raw } : fail(flag.expected, raw))
}

export function integer(unit: string, min: number, max: number = Number.MAX_SAFE_INTEGER): Kind<number> {
  const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `from ${min} to ${max}`
  const expected = `a whole number of ${unit}, ${range}`
  return {
    name: 'integer',
    expected,
    fromText: said => (/^[+-]?\d+$/.test(said) ? Number(said) : said),
    show: String,
    parse: raw =>
      typeof raw === 'number' && Number.isSafeInteger(raw) && raw >= min && raw <= max
        ? { ok: true, value: raw }
        : fail(expected, raw)
  }
}

/** Milliseconds, written with a unit. */
export function duration(minMs: number, maxMs: number): Kind<number> {
  const expected = `a duration from ${formatDuration(minMs)} to ${formatDuration(maxMs)} with its unit, e.g. '500ms' or '5s'`
  return {
    name: 'duration',
    expected,
    fromText: asIs,
    show: ms => quote(formatDuration(ms)),
    parse: raw => {
      const ms = typeof raw === 'string' ? parseDuration(raw) : undefined
      return ms !== undefined && ms >= minMs && ms <= maxMs ? { ok: true, value: ms } : fail(expected, raw)
    }
  }
}

/** Several values of one kind; in an environment variable separated by commas. */
export function list<T>(of: Kind<T>, max: number): Kind<readonly T[]> {
  const expected = `a list of at most ${max}, each ${of.expected}`
  return {
    name: `list of ${of.name}`,
    expected,
    fromText: said =>
      said
        .split(',')
        .map(part => part.trim())
        .filter(part => part !== ''),
    show: values => `[${values.map(of.show).join(', ')}]`,
    parse: (raw, base) => {
      if (!Array.isArray(raw) || raw.length > max) return fail(expected, raw)
      const values: T[] = []
      for (const [index, part] of raw.entries()) {
        const parsed = of.parse(part, base)
        if (!parsed.ok) return { ...parsed, expected: `${parsed.expected} as entry ${index + 1}` }
        values.push(parsed.value)
      }
      return { ok: true, value: values }
    }
  }
}
