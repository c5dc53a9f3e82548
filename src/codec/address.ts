import type { SpAddress } from '../domain/brands.js'
import { InvalidArgumentError } from '../errors.js'
import { keccak256 } from './keccak.js'

const ADDRESS = /^(?:0[xX])?([0-9a-fA-F]{40})$/

/**
 * An SP's operator address from any spelling the Go code accepts (`0x`, `0X` or none, any case) to the one in our
 * books, EIP-55. The checksum of the input is not checked: the Go code does not. `undefined` for anything else.
 */
export function parseSpAddress(text: string): SpAddress | undefined {
  const hex = ADDRESS.exec(text)?.[1]
  return hex === undefined ? undefined : checksummed(hex.toLowerCase())
}

/** @throws InvalidArgumentError */
export function requireSpAddress(what: string, text: string): SpAddress {
  const address = parseSpAddress(text)
  if (address === undefined) throw new InvalidArgumentError(what, 'an address of 0x and 40 hex digits', text)
  return address
}

/** The address of an uncompressed public key, 65 bytes beginning with 4. */
export const spAddressOf = (publicKey65: Uint8Array): SpAddress =>
  checksummed(Buffer.from(keccak256(publicKey65.subarray(1))).toString('hex', 12))

/** EIP-55: a letter is upper case where the hex digit of the lower-case text's keccak at its place is 8 or more. */
function checksummed(lower: string): SpAddress {
  const hash = keccak256(Buffer.from(lower, 'latin1'))
  let address = '0x'
  for (let index = 0; index < lower.length; index++) {
    const byte = hash[index >> 1] ?? 0
    const nibble = index % 2 === 0 ? byte >> 4 : byte & 15
    const digit = lower.charAt(index)
    address += nibble >= 8 ? digit.toUpperCase() : digit
  }
  return address as SpAddress
}
