import t from 'tap'
import { pingDigests } from '../../src/codec/digest.js'
import { keccak256 } from '../../src/codec/keccak.js'
import { SignError } from '../../src/errors.js'
import { BoundedSigner, SIGN_TIMEOUT_MS } from '../../src/identity/bounded-signer.js'
import type { Signer, SignSubject } from '../../src/identity/index.js'
import { localSigner } from '../../src/identity/local-signer.js'
import { createVerifier } from '../../src/identity/verifier.js'
import { fakeClock } from '../../src/testing/fake-clock.js'

const own = localSigner(new Uint8Array(32).fill(7))
const other = localSigner(new Uint8Array(32).fill(8))
const digest = keccak256(Buffer.from('what is signed'))
const SUBJECT: SignSubject = { type: 'join', message: digest }
const never = (): Promise<never> => new Promise(() => undefined)

function bounded(given: Signer) {
  const clock = fakeClock()
  const verifier = createVerifier()
  let recoveries = 0
  const counting = {
    ...verifier,
    recover: (signed: Uint8Array, signature: Uint8Array) => {
      recoveries++
      return verifier.recover(signed, signature)
    }
  }
  const signer = new BoundedSigner({
    signer: given,
    operatorAddress: own.operatorAddress,
    verifier: counting,
    clock
  })
  return { clock, signer, recoveries: () => recoveries }
}
const after = async (signer: Signer): Promise<Uint8Array> => signer.sign(digest, SUBJECT)

t.test('a signature that is there at once is given at once, without a timer', async t => {
  const { signer, clock } = bounded(own)
  t.same(signer.sign(digest, SUBJECT), own.sign(digest, SUBJECT))
  t.equal(clock.pending, 0)
})

t.test('a signer that never answers is given up after its time, each time', async t => {
  const { signer, clock } = bounded({ sign: never })
  for (let turn = 0; turn < 2; turn++) {
    const late = t.rejects(after(signer), { code: 'ERR_SIGN', message: /took longer than 3000 ms/ })
    await clock.advance(SIGN_TIMEOUT_MS)
    await late
    t.equal(clock.pending, 0)
  }
})

t.test('who needs no signature any more stops waiting, and the signer hears of it', async t => {
  let heard: AbortSignal | undefined
  const { signer, clock } = bounded({
    sign: (_digest, _subject, options) => {
      heard = options?.signal
      return never()
    }
  })
  const controller = new AbortController()
  const waiting = t.rejects(Promise.resolve(signer.sign(digest, SUBJECT, { signal: controller.signal })), /stopped/)
  controller.abort(new Error('stopped'))
  await waiting
  t.equal(heard, controller.signal)
  t.equal(clock.pending, 0)
})

t.test('what a signer throws, at once or later, is a SignError with its cause', async t => {
  const cause = new Error('no route')
  const faults: Signer['sign'][] = [
    () => {
      throw cause
    },
    async () => {
      throw cause
    }
  ]
  for (const sign of faults) {
    await t.rejects(after(bounded({ sign }).signer), { code: 'ERR_SIGN', message: 'the signer: no route', cause })
  }
  const known = new SignError('the key is gone')
  await t.rejects(after(bounded({ sign: () => Promise.reject(known) }).signer), known, 'one of its own is handed on')
})

t.test('a local key is proven by its first signature; from then on none costs a recovery', async t => {
  const { signer, recoveries } = bounded(own)
  await after(signer)
  await after(signer)
  t.equal(recoveries(), 1)
  const wrong = bounded(other)
  await t.rejects(after(wrong.signer), { code: 'ERR_SIGN' })
  await t.rejects(after(wrong.signer), { code: 'ERR_SIGN' }, 'a wrong key is never proven')
})

t.test('a signer that gives no signature of ours is a SignError, before the first good one and after it', async t => {
  let result: unknown
  const { signer } = bounded({ sign: () => result as Uint8Array })
  const good = own.sign(digest, SUBJECT)
  const garbage: readonly [unknown, RegExp][] = [
    [undefined, /expected a Uint8Array of 65 bytes, got nothing/],
    [null, /got nothing/],
    ['0x'.padEnd(65, '0'), /got a text of 65 characters/],
    [Array.from({ length: 65 }, () => 1), /got an array of 65/],
    [65, /got a value of type number/],
    [{ length: 65 }, /got a value of type object/],
    [new Uint8Array(64), /expected 65 bytes, got 64/],
    [new Uint8Array(65), /but as nobody/],
    [other.sign(digest, SUBJECT), new RegExp(`does not sign as ${own.operatorAddress}`)],
    [own.sign(keccak256(Buffer.from('something else')), SUBJECT), /does not sign as/]
  ]
  for (const turn of ['before', 'after']) {
    for (const [value, message] of garbage) {
      for (const given of [value, Promise.resolve(value)]) {
        result = given
        await t.rejects(after(signer), { code: 'ERR_SIGN', message }, `${turn}: ${message}`)
      }
    }
    result = good
    t.same(await signer.sign(digest, SUBJECT), good)
  }
})

t.test('a signer that writes into the buffer it gave spoils no signature', async t => {
  const buffer = Buffer.from(await own.sign(digest, SUBJECT))
  const { signer } = bounded({ sign: () => buffer })
  const signature = await signer.sign(digest, SUBJECT)
  buffer.fill(0)
  t.same(signature, await own.sign(digest, SUBJECT))
})

t.test('a thenable is waited for, and what it rejects with is a SignError', async t => {
  const of = (then: (resolve: (value: unknown) => void, reject: (error: unknown) => void) => void) => ({ then })
  const kept = bounded({ sign: () => of(resolve => resolve(own.sign(digest, SUBJECT))) as never })
  t.same(await kept.signer.sign(digest, SUBJECT), await own.sign(digest, SUBJECT))
  const broken = bounded({ sign: () => of((_, reject) => reject(new Error('no route'))) as never })
  await t.rejects(after(broken.signer), { code: 'ERR_SIGN', message: 'the signer: no route' })
})

t.test('only 65 bytes of our own SP are handed on', async t => {
  let sign: Signer['sign'] = () => new Uint8Array(64)
  const { signer } = bounded({ sign: (...args) => sign(...args) })
  await t.rejects(after(signer), { code: 'ERR_SIGN', message: /expected 65 bytes, got 64/ })
  sign = other.sign
  await t.rejects(after(signer), { code: 'ERR_SIGN', message: new RegExp(`not sign as ${own.operatorAddress}`) })
  sign = () => new Uint8Array(65)
  await t.rejects(after(signer), { code: 'ERR_SIGN', message: /but as nobody/ })
  sign = async (...args) => own.sign(...args)
  await after(signer)
  sign = () => new Uint8Array(66)
  await t.rejects(after(signer), { code: 'ERR_SIGN' }, 'the length is always checked')
})

t.test('a signer that is given the message may sign its other spelling', async t => {
  const message = { spOperatorAddress: 'sp\u0008', signature: new Uint8Array() }
  const [long = digest, short = digest] = pingDigests(message)
  t.notSame(long, short)
  const { signer } = bounded({ sign: (_digest, subject) => own.sign(short, subject) })
  t.same(await signer.sign(long, { type: 'ping', message }), own.sign(short, SUBJECT))
})
