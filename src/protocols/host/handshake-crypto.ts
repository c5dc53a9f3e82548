import {
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
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
 * Noise's crypto by the same OpenSSL, without a key in DER on the way: reading one from DER takes ten times as long as
 * the exchange it is for, and a handshake has three of them on each side. 1.5 ms of CPU less per side.
 */
export function handshakeCrypto(): ICryptoInterface {
  /** The key object of each private key that was made here, for as long as Noise keeps the key. */
  const own = new WeakMap<Uint8Array, KeyObject>()
  return {
    ...defaultCrypto,
    generateX25519KeyPair() {
      const pair = generateKeyPairSync('x25519')
      const { d, x } = pair.privateKey.export({ format: 'jwk' })
      const privateKey = rawKey(d)
      own.set(privateKey, pair.privateKey)
      return { privateKey, publicKey: rawKey(x) }
    },
    generateX25519SharedKey(privateKey, publicKey) {
      const key = privateKey instanceof Uint8Array ? own.get(privateKey) : undefined
      if (key === undefined) return defaultCrypto.generateX25519SharedKey(privateKey, publicKey)
      const x = Buffer.from(publicKey.subarray()).toString('base64url')
      const remote: JsonWebKey = { kty: 'OKP', crv: 'X25519', x }
      return diffieHellman({ privateKey: key, publicKey: createPublicKey({ key: remote, format: 'jwk' }) })
    },
    getHKDF(chainingKey, input) {
      const keys = new Uint8Array(hkdfSync('sha256', input, chainingKey, '', HKDF_BYTES))
      return [keys.subarray(0, KEY_BYTES), keys.subarray(KEY_BYTES, 2 * KEY_BYTES), keys.subarray(2 * KEY_BYTES)]
    }
  }
}

const rawKey = (text = ''): Uint8Array => new Uint8Array(Buffer.from(text, 'base64url'))
