import { getPublicKey } from '@noble/secp256k1'
import fc from 'fast-check'
import { addr } from 'micro-eth-signer'
import t from 'tap'
import { parseSpAddress, requireSpAddress, spAddressOf } from '../../src/codec/address.js'
import { keccak256 } from '../../src/codec/keccak.js'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

t.test('keccak-256 is that of Ethereum, before and after WebAssembly has loaded', async t => {
  const vectors = [
    ['', 'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'],
    ['abc', '4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45']
  ] as const
  for (let round = 0; round < 3; round++) {
    for (const [text, digest] of vectors) t.equal(hex(keccak256(Buffer.from(text))), digest)
    await new Promise(resolve => setImmediate(resolve))
  }
  const first = keccak256(Buffer.from('abc'))
  keccak256(Buffer.from('other'))
  t.equal(hex(first), vectors[1][1], 'a digest is not overwritten by the next one')
})

t.test('every spelling that Go accepts gives the one spelling of our books', async t => {
  const digits = fc.uint8Array({ minLength: 20, maxLength: 20 }).map(hex)
  const cased = (text: string, bits: number): string =>
    [...text].map((digit, index) => ((bits >> (index % 30)) & 1 ? digit.toUpperCase() : digit)).join('')
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(digits, fc.constantFrom('0x', '0X', ''), fc.nat(), (body, prefix, bits) => {
        return parseSpAddress(prefix + cased(body, bits)) === addr.addChecksum(`0x${body}`)
      })
    )
  )
})

t.test('anything else is no address', async t => {
  const good = '0x535E34B319B3575108Deaf2f4FEeeC73AEbE3eF9'
  for (const text of [
    '',
    '0x',
    good.slice(0, -1),
    `${good}0`,
    ` ${good}`,
    `${good}\n`,
    `0x${good}`,
    good.replace('5', 'g'),
    '0x０'.padEnd(42, '0')
  ]) {
    t.equal(parseSpAddress(text), undefined, JSON.stringify(text))
  }
  t.equal(requireSpAddress('asker', good.toLowerCase()), good)
  t.throws(() => requireSpAddress('asker', 'sp0'), {
    name: 'InvalidArgumentError',
    message: 'asker: expected an address of 0x and 40 hex digits, got "sp0"'
  })
})

t.test('the address of a public key is the one Ethereum derives', async t => {
  for (let key = 1; key <= 20; key++) {
    const privateKey = new Uint8Array(32).fill(key)
    t.equal(spAddressOf(getPublicKey(privateKey, false)), addr.fromPrivateKey(privateKey))
  }
})
