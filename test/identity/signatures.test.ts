import { Point } from '@noble/secp256k1'
import fc from 'fast-check'
import t from 'tap'
import { keccak256 } from '../../src/codec/keccak.js'
import { secp256k1Backend } from '../../src/identity/backend.js'
import { createKey, operatorAddressOf } from '../../src/identity/keys.js'
import { localSigner } from '../../src/identity/local-signer.js'
import { createVerifier, signedBy } from '../../src/identity/verifier.js'
import { backends } from './backends.js'

const ORDER = Point.CURVE().n
const digest = keccak256(Buffer.from('what is signed'))
const SUBJECT = { type: 'join', message: digest } as const
const number = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
const bytes32 = (value: bigint): Uint8Array => Uint8Array.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'))
const withV = (signature: Uint8Array, v: number): Uint8Array => Uint8Array.from([...signature.subarray(0, 64), v])
const withR = (signature: Uint8Array, r: bigint): Uint8Array =>
  Uint8Array.from([...bytes32(r), ...signature.subarray(32)])
const withS = (signature: Uint8Array, s: bigint): Uint8Array =>
  Uint8Array.from([...signature.subarray(0, 32), ...bytes32(s), ...signature.subarray(64)])

for (const backend of backends) {
  t.test(`what a key signs is recovered to its address (${backend.name})`, async t => {
    const verifier = createVerifier(backend)
    t.equal(verifier.backend, backend.name)
    for (let run = 0; run < 10; run++) {
      const signer = localSigner(createKey(), backend)
      const signature = signer.sign(digest, SUBJECT) as Uint8Array
      t.equal(signature.length, 65)
      t.ok(signature[64] === 0 || signature[64] === 1)
      t.ok(number(signature.subarray(32, 64)) <= ORDER / 2n, 'low s')
      t.equal(verifier.recover(digest, signature), signer.operatorAddress)
      t.equal(
        verifier.recover(digest, withV(signature, 27 + (signature[64] ?? 0))),
        signer.operatorAddress,
        'V 27 and 28'
      )
    }
  })

  t.test(`a signature has one form: others are refused (${backend.name})`, async t => {
    const verifier = createVerifier(backend)
    const signer = localSigner(new Uint8Array(32).fill(7), backend)
    const good = signer.sign(digest, SUBJECT) as Uint8Array
    const v = good[64] ?? 0
    const s = number(good.subarray(32, 64))
    const refused: [string, Uint8Array][] = [
      ['empty', new Uint8Array(0)],
      ['64 bytes', good.subarray(0, 64)],
      ['66 bytes', Uint8Array.from([...good, 0])],
      ['r zero', withR(good, 0n)],
      ['r the order', withR(good, ORDER)],
      ['r above it', withR(good, 2n ** 256n - 1n)],
      ['r that is no point', withR(good, 5n)],
      ['s zero', withS(good, 0n)],
      ['s the order', withS(good, ORDER)],
      ['s just above half of it', withS(good, ORDER / 2n + 1n)],
      ['high s with the V that fits it', withV(withS(good, ORDER - s), 1 - v)],
      ['high s', withS(good, ORDER - s)]
    ]
    for (const wrong of [2, 3, 4, 26, 29, 30, 31, 255]) refused.push([`V ${wrong}`, withV(good, wrong)])
    for (const [what, signature] of refused) t.equal(verifier.recover(digest, signature), undefined, what)
    t.equal(verifier.recover(digest.subarray(1), good), undefined, 'a digest of 31 bytes')
    t.not(verifier.recover(digest, withV(good, 1 - v)), signer.operatorAddress, 'the other V is another signer')
  })

  t.test(`random and flipped signatures never throw and are never ours (${backend.name})`, async t => {
    const verifier = createVerifier(backend)
    const signer = localSigner(new Uint8Array(32).fill(9), backend)
    const good = signer.sign(digest, SUBJECT) as Uint8Array
    const flipped = fc.nat({ max: 64 * 8 - 1 }).map(bit => {
      const signature = good.slice()
      signature[bit >> 3] = (signature[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      return signature
    })
    const any = fc.oneof(flipped, fc.uint8Array({ minLength: 65, maxLength: 65 }), fc.uint8Array({ maxLength: 70 }))
    t.doesNotThrow(() =>
      fc.assert(
        fc.property(any, signature => !signedBy(verifier, [digest], signature, signer.operatorAddress)),
        { numRuns: backend.name === 'native' ? 500 : 60 }
      )
    )
  })

  t.test(`a signature counts for any of the digests and for its own address only (${backend.name})`, async t => {
    const verifier = createVerifier(backend)
    const signer = localSigner(new Uint8Array(32).fill(7), backend)
    const signature = signer.sign(digest, SUBJECT) as Uint8Array
    const other = keccak256(Buffer.from('something else'))
    t.equal(signedBy(verifier, [other, digest], signature, signer.operatorAddress), true)
    t.equal(signedBy(verifier, [other], signature, signer.operatorAddress), false)
    t.equal(signedBy(verifier, [], signature, signer.operatorAddress), false)
    t.equal(signedBy(verifier, [digest], signature, operatorAddressOf(new Uint8Array(32).fill(8))), false)
  })
}

t.test('the backends sign the same bytes', async t => {
  for (let run = 1; run <= 20; run++) {
    const key = new Uint8Array(32).fill(run)
    const signatures = backends.map(backend => Buffer.from(backend.sign(keccak256(key), key)).toString('hex'))
    t.equal(new Set(signatures).size, 1)
  }
})

t.test('the native addon is taken where it loads, and noble where it is asked for', async t => {
  t.equal(secp256k1Backend().name, backends[0]?.name)
  t.equal(secp256k1Backend('noble').name, 'noble')
  t.equal(createVerifier().backend, backends[0]?.name)
})

t.test('a signer keeps its own copy of the key and signs 32 bytes only', async t => {
  const key = createKey()
  const signer = localSigner(key)
  const before = signer.sign(digest, SUBJECT)
  key.fill(1)
  t.strictSame(signer.sign(digest, SUBJECT), before)
  t.throws(() => signer.sign(digest.subarray(1), SUBJECT), {
    code: 'ERR_SIGN',
    message: 'digest: expected 32 bytes, got 31'
  })
  t.notMatch(JSON.stringify(signer), Buffer.from(key).toString('hex'))
})
