import { utils } from '@noble/secp256k1'
import { InvalidArgumentError } from '../errors.js'

const KEY_BYTES = 32
const KEY_HEX = /^(?:0x)?([0-9a-fA-F]{64})$/
const EXPECTED = 'a secp256k1 private key of 64 hex digits, neither 0 nor ≥ the order of the curve'

/** @throws InvalidArgumentError, which never holds the text */
export function parseKeyHex(text: string): Uint8Array {
  const trimmed = text.trim()
  const hex = KEY_HEX.exec(trimmed)?.[1]
  if (hex === undefined) throw new InvalidArgumentError('key', EXPECTED, `${trimmed.length} characters`)
  return requireKey(Uint8Array.from(Buffer.from(hex, 'hex')))
}

/** @throws InvalidArgumentError when these are not 32 bytes in the range of a private key */
export function requireKey(raw: Uint8Array): Uint8Array {
  if (raw.length !== KEY_BYTES) throw new InvalidArgumentError('key', EXPECTED, raw)
  if (!utils.isValidSecretKey(raw)) throw new InvalidArgumentError('key', EXPECTED, '32 bytes out of that range')
  return raw
}

export const createKey = (): Uint8Array => utils.randomSecretKey()
