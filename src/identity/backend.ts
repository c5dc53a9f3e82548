import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import * as noble from '@noble/secp256k1'
import { lateRequire } from '../kit/late-require.js'
import type { Secp256k1Backend } from './index.js'

noble.hashes.sha256 = sha256
noble.hashes.hmacSha256 = (key, message) => hmac(sha256, key, message)

/** The part of the native addon that is used; its package has no types. */
interface Addon {
  ecdsaSign(digest: Uint8Array, privateKey: Uint8Array): { signature: Uint8Array; recid: number }
  ecdsaRecover(signature: Uint8Array, recid: number, digest: Uint8Array, compressed: boolean): Uint8Array
}

let native: Secp256k1Backend | undefined

/**
 * The curve: the native addon where it loads, noble otherwise. The addon's bindings are loaded by name, since the
 * package itself falls back to the slow and less careful `elliptic` without a word.
 *
 * @throws the loader's error where `native` is demanded and does not load
 */
export function secp256k1Backend(prefer?: 'native' | 'noble'): Secp256k1Backend {
  if (prefer === 'noble') return nobleBackend
  try {
    native ??= nativeBackend(lateRequire('secp256k1/bindings.js') as Addon)
    return native
  } catch (error) {
    if (prefer === 'native') throw error
    return nobleBackend
  }
}

const nativeBackend = (addon: Addon): Secp256k1Backend => ({
  name: 'native',
  sign: (digest, privateKey) => {
    const { signature, recid } = addon.ecdsaSign(digest, privateKey)
    return joined(signature, recid)
  },
  recover: recoverBy((rs, recid, digest) => addon.ecdsaRecover(rs, recid, digest, false))
})

const nobleBackend: Secp256k1Backend = {
  name: 'noble',
  sign: (digest, privateKey) => {
    const recovered = noble.sign(digest, privateKey, { prehash: false, format: 'recovered' })
    return joined(recovered.subarray(1), recovered[0] ?? 0)
  },
  recover: recoverBy((rs, recid, digest) => {
    const compressed = noble.recoverPublicKey(Uint8Array.of(recid, ...rs), digest, { prehash: false })
    return noble.Point.fromBytes(compressed).toBytes(false)
  })
}

/** @param recover throws where nothing can be recovered */
function recoverBy(
  recover: (rs: Uint8Array, recid: 0 | 1, digest: Uint8Array) => Uint8Array
): Secp256k1Backend['recover'] {
  return (digest, signature) => {
    const recid = recoveryOf(signature)
    if (recid === undefined) return undefined
    try {
      return recover(signature.subarray(0, 64), recid, digest)
    } catch {
      return undefined
    }
  }
}

/** V 27 and 28 mean 0 and 1. */
function recoveryOf(signature: Uint8Array): 0 | 1 | undefined {
  if (signature.length !== 65) return undefined
  const v = signature[64]
  if (v === 0 || v === 27) return 0
  return v === 1 || v === 28 ? 1 : undefined
}

function joined(rs: Uint8Array, recid: number): Uint8Array {
  const signature = new Uint8Array(65)
  signature.set(rs)
  signature[64] = recid
  return signature
}
