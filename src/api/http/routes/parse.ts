/** Texts of paths, queries and bodies as the values they stand for. */
import { parseDuration, parseSize } from '../../../domain/units.js'
import { type Clock, InvalidArgumentError, parseSpAddress, type SpAddress } from '../../../index.js'

export function readSpAddress(what: string, text: string): SpAddress {
  const address = parseSpAddress(text)
  if (address === undefined) {
    throw new InvalidArgumentError(what, 'an SP operator address, 40 hex digits with or without 0x', text)
  }
  return address
}

export function readDuration(what: string, text: string, maxMs = Number.POSITIVE_INFINITY): number {
  const ms = parseDuration(text)
  if (ms === undefined) throw new InvalidArgumentError(what, 'a duration with its unit, e.g. 500ms, 5s or 2m', text)
  if (ms > maxMs) throw new InvalidArgumentError(what, `at most ${maxMs / 1000}s`, text)
  return ms
}

export function readSize(what: string, value: number | string): bigint {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return BigInt(value)
    throw new InvalidArgumentError(what, 'a number below 2^53, or decimal digits in a text', value)
  }
  const size = /^\d{1,20}$/.test(value) ? BigInt(value) : parseSize(value)
  if (size === undefined) {
    throw new InvalidArgumentError(what, 'decimal digits or a size with its unit, e.g. 128MiB', value)
  }
  return size
}

/** Standard base64, padded. */
export function readBase64(what: string, text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text) throw new InvalidArgumentError(what, 'bytes in standard base64', text)
  return new Uint8Array(bytes)
}

/** Unix milliseconds of `1700000000000`, `2025-01-31T12:00:00Z` or `10m` (ago). */
export function readSince(text: string, clock: Clock): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  const ago = parseDuration(text)
  if (ago !== undefined) return clock.now() - ago
  const time = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(time)) return time
  throw new InvalidArgumentError('query.since', 'Unix milliseconds, an RFC 3339 time or a duration such as 10m', text)
}
