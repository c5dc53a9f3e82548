/** Raw secp256k1 private keys: made, parsed, and what is derived from them. */
import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { getPublicKey, utils } from '@noble/secp256k1'
import { spAddressOf } from '../codec/address.js'
import type { PeerIdString, SpAddress } from '../domain/brands.js'
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
  if (raw?.length !== KEY_BYTES) throw new InvalidArgumentError('key', EXPECTED, raw)
  if (!utils.isValidSecretKey(raw)) throw new InvalidArgumentError('key', EXPECTED, '32 bytes out of that range')
  return raw
}

export const createKey = (): Uint8Array => utils.randomSecretKey()

/** The operator address of a raw private key. @throws InvalidArgumentError */
export const operatorAddressOf = (raw32: Uint8Array): SpAddress => spAddressOf(getPublicKey(requireKey(raw32), false))

/** The peer id of a libp2p host with this key, `16Uiu2HA…`. @throws InvalidArgumentError */
export const peerIdOf = (raw32: Uint8Array): PeerIdString =>
  peerIdFromPrivateKey(privateKeyFromRaw(requireKey(raw32))).toString() as PeerIdString
