/**
 * Upstream: @libp2p/crypto 5.1.23, `privateKeyFromRaw().sign`: signs with secp256k1 in JavaScript, 0.5 ms each; every
 * connection takes two signatures of ours (Noise, identify).
 */
import { createHash } from 'node:crypto'
import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { secp256k1Backend } from '../../identity/backend.js'
import { overriding } from '../../kit/overriding.js'

/**
 * The host's key, signing with the native addon where that loads (0.04 ms).
 *
 * @param raw secp256k1 private key, 32 bytes
 */
export function nodePrivateKey(raw: Uint8Array): PrivateKey {
  const key = privateKeyFromRaw(raw)
  const backend = secp256k1Backend()
  if (key.type !== 'secp256k1' || backend.name !== 'native') return key
  return overriding<PrivateKey>(key, {
    sign: message => {
      const hash = createHash('sha256')
      for (const part of message instanceof Uint8Array ? [message] : message) hash.update(part)
      return derSignature(backend.sign(hash.digest(), raw))
    }
  })
}

const SEQUENCE = 0x30
const INTEGER = 0x02

/** @param signature r and s, 32 bytes each; what follows is ignored */
export function derSignature(signature: Uint8Array): Uint8Array {
  const r = derInteger(signature.subarray(0, 32))
  const s = derInteger(signature.subarray(32, 64))
  return Uint8Array.of(SEQUENCE, r.length + s.length, ...r, ...s)
}

/** Big-endian, shortest form, with a leading zero where the first bit would read as a sign. */
function derInteger(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex(byte => byte !== 0)
  const digits = bytes.subarray(first === -1 ? bytes.length - 1 : first)
  const sign = (digits[0] ?? 0) >= 0x80 ? [0] : []
  return Uint8Array.of(INTEGER, sign.length + digits.length, ...sign, ...digits)
}
