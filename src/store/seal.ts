import { hash } from 'node:crypto'

/** Hex digits of a check sum: 64 bits of SHA-256 find any damage of a disk and are short beside a record. */
const CHECK_DIGITS = 16

/** Check sum of stored bytes and the name they are stored under, as 64 bits. */
export function checkSum(name: string, bytes: Uint8Array): bigint {
  return BigInt(`0x${digits(Buffer.concat([Buffer.from(`${name}\n`), bytes]))}`)
}

/** A line of text with its check sum in front. */
export const seal = (text: string): string => `${digits(Buffer.from(text))} ${text}\n`

/** The text of a sealed line; `undefined` when a single bit of it differs. */
export function unseal(line: string): string | undefined {
  const text = line.slice(CHECK_DIGITS + 1, -1)
  return seal(text) === line ? text : undefined
}

const digits = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex').slice(0, CHECK_DIGITS)
