import t from 'tap'
import { SignatureCache } from '../../../src/protocols/v0/signature-cache.js'

t.test('a signer is asked once at a time, again after it failed, and the old message is told meanwhile', async t => {
  const cache = new SignatureCache()
  const turns: { resolve(bytes: Uint8Array): void; reject(error: Error): void }[] = []
  const make = (): Promise<Uint8Array> => new Promise((resolve, reject) => turns.push({ resolve, reject }))
  const waiting = [cache.get(make), cache.get(make)].map(promise => t.rejects(promise, /no route/))
  turns[0]?.reject(new Error('no route'))
  await Promise.all(waiting)
  t.equal(turns.length, 1)
  const first = cache.get(make)
  turns[1]?.resolve(Uint8Array.of(1))
  t.same(await first, Uint8Array.of(1))
  cache.renew()
  t.same(await cache.get(make), Uint8Array.of(1), 'the old one is told while the new one is made')
  turns[2]?.resolve(Uint8Array.of(2))
  await new Promise(setImmediate)
  t.same(await cache.get(make), Uint8Array.of(2))
  t.equal(turns.length, 3)
})
