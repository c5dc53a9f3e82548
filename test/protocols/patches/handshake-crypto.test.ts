import '../../../src/protocols/patches/with-resolvers.js'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { defaultCrypto } from '@libp2p/noise/crypto'
import t from 'tap'
import { handshakeCrypto } from '../../../src/protocols/patches/handshake-crypto.js'

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

/** Node 20 locks up after a few thousand key objects that are generated and exported; a process of its own can be ended. */
t.test('keys by the thousand, with much garbage to collect, lock nothing up', async t => {
  const module = new URL('../../../src/protocols/patches/handshake-crypto.js', import.meta.url)
  const script = `
    const { handshakeCrypto } = await import(${JSON.stringify(module.href)})
    const crypto = handshakeCrypto()
    let shared
    for (let round = 0; round < 12_000; round++) {
      const { privateKey, publicKey } = crypto.generateX25519KeyPair()
      shared = crypto.generateX25519SharedKey(privateKey, publicKey)
    }
    console.log(shared.length)`
  const args = ['--max-semi-space-size=1', '--input-type=module', '--eval', script]
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 180_000 })
  t.equal(stdout.trim(), '32')
})
