import { spAddressOf } from '../codec/address.js'
import type { SpAddress } from '../domain/brands.js'
import { secp256k1Backend } from './backend.js'
import type { Secp256k1Backend, Verifier } from './index.js'

/** The order n of the curve, and n/2: a signature with high s is a second form of the one with low s. */
const ORDER = Buffer.from('fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141', 'hex')
const HALF_ORDER = Buffer.from('7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0', 'hex')

/** Recovers signers by docs/PROTOCOL.md's rules: 65 bytes, V 0, 1, 27 or 28, 0 < r < n, 0 < s ≤ n/2. */
export function createVerifier(backend: Secp256k1Backend = secp256k1Backend()): Verifier {
  return {
    backend: backend.name,
    recover: (digest, signature) => {
      if (digest.length !== 32 || !wellFormed(signature)) return undefined
      const publicKey = backend.recover(digest, signature)
      return publicKey === undefined ? undefined : spAddressOf(publicKey)
    }
  }
}

/** Whether `address` signed one of the digests: a text with two spellings has two. */
export const signedBy = (
  verifier: Verifier,
  digests: readonly Uint8Array[],
  signature: Uint8Array,
  address: SpAddress
): boolean => digests.some(digest => verifier.recover(digest, signature) === address)

function wellFormed(signature: Uint8Array): boolean {
  if (signature.length !== 65) return false
  const v = signature[64] ?? 255
  if (v > 1 && v !== 27 && v !== 28) return false
  const r = signature.subarray(0, 32)
  const s = signature.subarray(32, 64)
  return !isZero(r) && Buffer.compare(r, ORDER) < 0 && !isZero(s) && Buffer.compare(s, HALF_ORDER) <= 0
}

const isZero = (bytes: Uint8Array): boolean => bytes.every(byte => byte === 0)
