/** Values of flags: units, ranges, and one line for what is neither. */
import { parseDuration, parseSize } from '../../domain/units.js'
import { UsageError } from './fail.js'

const refuse = (flag: string, expected: string, got: string): never => {
  throw new UsageError(`${flag}: expected ${expected}, got ${JSON.stringify(got)}`)
}

export const durationOption = (flag: string, text: string): number => {
  const ms = parseDuration(text)
  return ms === undefined || ms === 0 ? refuse(flag, 'a duration with its unit, e.g. 500ms or 5s', text) : ms
}

export const sizeOption = (flag: string, text: string): bigint =>
  parseSize(text) ?? refuse(flag, 'a size, e.g. 128MiB', text)

export function integerOption(flag: string, text: string, min: number, max: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  return value >= min && value <= max ? value : refuse(flag, `a whole number from ${min} to ${max}`, text)
}

/** A decimal number of at most 256 bits, as text. */
export const idOption = (flag: string, text: string): string =>
  /^(0|[1-9]\d{0,77})$/.test(text) && BigInt(text) < 1n << 256n
    ? text
    : refuse(flag, 'a decimal number of at most 256 bits', text)
