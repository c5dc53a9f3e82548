/** Raw secp256k1 private keys: made, parsed, kept in files, and what is derived from them. */
import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { getPublicKey } from '@noble/secp256k1'
import { spAddressOf } from '../codec/address.js'
import type { PeerIdString, SpAddress } from '../domain/brands.js'
import { requireKey } from './raw-key.js'

export { loadKey, loadOrCreateKey, writeKey } from './key-file.js'
export { createKey, parseKeyHex, requireKey } from './raw-key.js'

/** The operator address of a raw private key. @throws InvalidArgumentError */
export const operatorAddressOf = (raw32: Uint8Array): SpAddress => spAddressOf(getPublicKey(requireKey(raw32), false))

/** The libp2p host key of a raw private key. @throws InvalidArgumentError */
export const nodeKeyFrom = (raw32: Uint8Array): PrivateKey => privateKeyFromRaw(requireKey(raw32))

/** The peer id of a host with this key, `16Uiu2HA…`. @throws InvalidArgumentError */
export const peerIdOf = (raw32: Uint8Array): PeerIdString =>
  peerIdFromPrivateKey(nodeKeyFrom(raw32)).toString() as PeerIdString
