/**
 * Upstream: @libp2p/noise 17.0.3, `defaultCrypto.generateX25519SharedKey`: builds key objects from DER for each exchange,
 * which takes ten times as long as the exchange; a handshake has three on each side. 1.2 ms of CPU time per side.
 */
import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type JsonWebKey,
  type KeyObject
} from 'node:crypto'
import type { ICryptoInterface } from '@libp2p/noise'
import { defaultCrypto } from '@libp2p/noise/crypto'

const KEY_BYTES = 32
/** Three keys of 32 bytes each. */
const HKDF_BYTES = 3 * KEY_BYTES

/**
 * Noise's crypto by the same OpenSSL, with key objects made from JWK and kept with the key pair.
 *
 * Keys are generated as bytes and imported: Node 20 deadlocks when a garbage collection meets the export of a key pair
 * that was generated as key objects.
 */
export function handshakeCrypto(): ICryptoInterface {
  /** The key object of each private key generated here; held only while Noise holds the key. */
  const own = new WeakMap<Uint8Array, KeyObject>()
  return {
    ...defaultCrypto,
    generateX25519KeyPair() {
      const pair = defaultCrypto.generateX25519KeyPair()
      const key = { ...publicJwk(pair.publicKey), d: base64url(pair.privateKey) }
      own.set(pair.privateKey, createPrivateKey({ key, format: 'jwk' }))
      return pair
    },
    generateX25519SharedKey(privateKey, publicKey) {
      const key = privateKey instanceof Uint8Array ? own.get(privateKey) : undefined
      if (key === undefined) return defaultCrypto.generateX25519SharedKey(privateKey, publicKey)
      const remote = createPublicKey({ key: publicJwk(publicKey.subarray()), format: 'jwk' })
      return diffieHellman({ privateKey: key, publicKey: remote })
    },
    getHKDF(chainingKey, input) {
      const keys = new Uint8Array(hkdfSync('sha256', input, chainingKey, '', HKDF_BYTES))
      return [keys.subarray(0, KEY_BYTES), keys.subarray(KEY_BYTES, 2 * KEY_BYTES), keys.subarray(2 * KEY_BYTES)]
    }
  }
}

const base64url = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')

const publicJwk = (bytes: Uint8Array): JsonWebKey => ({ kty: 'OKP', crv: 'X25519', x: base64url(bytes) })
