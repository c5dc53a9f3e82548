import '../../../src/protocols/patches/with-resolvers.js'
import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import fc from 'fast-check'
import t from 'tap'
import { createKey } from '../../../src/identity/keys.js'
import { derSignature, nodePrivateKey } from '../../../src/protocols/patches/node-key.js'

t.test('what the node key signs is what libp2p would have signed', async t => {
  for (let round = 0; round < 4; round++) {
    const raw = createKey()
    const [own, theirs] = [nodePrivateKey(raw), privateKeyFromRaw(raw)]
    t.ok(own.publicKey.equals(theirs.publicKey))
    const message = new Uint8Array(round * 50).fill(round)
    const signature = await own.sign(message)
    t.same(Buffer.from(signature), Buffer.from(await theirs.sign(message)), 'byte for byte')
    t.ok(await theirs.publicKey.verify(message, signature))
  }
})

t.test('DER integers are shortest and never negative', async t => {
  const half = fc.uint8Array({ minLength: 32, maxLength: 32 })
  fc.assert(
    fc.property(half, half, fc.integer({ min: 0, max: 31 }), (r, s, zeros) => {
      r.fill(0, 0, zeros)
      const der = derSignature(Uint8Array.of(...r, ...s, 1))
      const length = der[3] ?? 0
      const [a, b] = [der.subarray(4, 4 + length), der.subarray(6 + length)]
      const value = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
      return (
        der[1] === der.length - 2 &&
        value(a) === value(r) &&
        value(b) === value(s) &&
        [a, b].every(
          ([first = 0, second = 0], _, all) =>
            first < 0x80 && (first > 0 || second >= 0x80 || all.some(one => one.length === 1))
        )
      )
    }),
    { verbose: true }
  )
  t.pass('200 signatures')
})
