import '../../../src/protocols/shim.js'
import { randomBytes } from 'node:crypto'
import { defaultCrypto } from '@libp2p/noise/crypto'
import t from 'tap'
import { handshakeCrypto } from '../../../src/protocols/host/handshake-crypto.js'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

t.test('keys and shared secrets are those of libp2p', async t => {
  const [own, theirs] = [handshakeCrypto(), defaultCrypto]
  for (let round = 0; round < 20; round++) {
    const [a, b] = [own.generateX25519KeyPair(), theirs.generateX25519KeyPair()]
    t.equal(a.privateKey.length, 32)
    t.equal(hex(theirs.generateX25519KeyPairFromSeed(a.privateKey).publicKey), hex(a.publicKey))
    const shared = hex(own.generateX25519SharedKey(a.privateKey, b.publicKey))
    t.equal(shared, hex(theirs.generateX25519SharedKey(b.privateKey, a.publicKey)))
    t.equal(hex(own.generateX25519SharedKey(b.privateKey, a.publicKey)), shared, 'with a key made elsewhere too')
  }
})

t.test('derived keys are those of libp2p', async t => {
  const [own, theirs] = [handshakeCrypto(), defaultCrypto]
  for (const input of [new Uint8Array(0), new Uint8Array(randomBytes(32))]) {
    const chainingKey = new Uint8Array(randomBytes(32))
    t.same(own.getHKDF(chainingKey, input).map(hex), theirs.getHKDF(chainingKey, input).map(hex))
  }
})

t.test('a public key without contribution is refused, as by libp2p', async t => {
  const own = handshakeCrypto()
  const { privateKey } = own.generateX25519KeyPair()
  t.throws(() => own.generateX25519SharedKey(privateKey, new Uint8Array(32)))
  t.throws(() => defaultCrypto.generateX25519SharedKey(privateKey, new Uint8Array(32)))
})
