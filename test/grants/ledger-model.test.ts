import fc from 'fast-check'
import t from 'tap'
import type { Height, SpAddress } from '../../src/domain/brands.js'
import { grantKey } from '../../src/domain/grant.js'
import { StoreError } from '../../src/errors.js'
import { createGrantLedger } from '../../src/grants/index.js'
import { memoryStore } from '../../src/store/memory.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { LIMITS, type Pending, pending, SPS, START } from './ledger-fixture.js'

/** One step of the model: what to do, to whom. */
const step = fc.record({
  action: fc.constantFrom('promise', 'sign', 'refuse', 'fail', 'consume', 'release', 'sweep', 'wait', 'restart'),
  asker: fc.constantFrom(...SPS),
  id: fc.constantFrom('1', '2', '3', '4', '5', '6'),
  bytes: fc.bigInt(0n, 300n),
  blocks: fc.integer({ min: 0, max: 400 })
})

interface Held {
  readonly asker: SpAddress
  readonly bytes: bigint
  readonly until: bigint
}

t.test('whatever happens in whatever order, totals are the sum of what is held, and within the limits', async t => {
  const seed = Date.now()
  t.comment(`seed ${seed}`)
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async steps => {
      const clock = fakeClock(START * 1_000)
      const store = memoryStore()
      await store.open()
      let broken = false
      const ledger = createGrantLedger({
        store: {
          ...store,
          putGrant: async grant => {
            if (broken) throw new StoreError('io', 'broken')
            await store.putGrant(grant)
          }
        },
        limits: () => LIMITS,
        clock
      })
      await ledger.start()
      let height = 100n
      // The model: what is held by key, by grants and by promises that wait for their signature.
      const live = new Map<string, Held>()
      const waiting = new Map<string, Held & { readonly promise: Pending }>()
      let nonce = BigInt(START)
      const check = async (): Promise<void> => {
        const keys = new Set([...live.keys(), ...waiting.keys()])
        const sums = new Map<SpAddress, { bytes: bigint; grants: number }>(
          SPS.map(sp => [sp, { bytes: 0n, grants: 0 }])
        )
        for (const key of keys) {
          const a = live.get(key)
          const b = waiting.get(key)
          const sum = sums.get((a ?? b)?.asker as SpAddress)
          if (sum === undefined) throw new Error(key)
          sum.bytes += (a?.bytes ?? 0n) > (b?.bytes ?? 0n) ? (a?.bytes ?? 0n) : (b?.bytes ?? 0n)
          sum.grants++
        }
        let bytes = 0n
        for (const [asker, sum] of sums) {
          const totals = await ledger.totals(asker)
          if (totals.bytes !== sum.bytes || totals.grants !== sum.grants)
            throw new Error(`${asker}: ${totals.bytes} is not ${sum.bytes}`)
          if (sum.bytes > 250n || sum.grants > 4) throw new Error(`${asker} is over its limits`)
          bytes += sum.bytes
        }
        const all = await ledger.totals()
        if (all.bytes !== bytes || bytes > 900n || all.grants !== keys.size || keys.size > 10)
          throw new Error('the total')
      }
      /** Also after a restart: a promise may have been signed when its height was past. */
      const sweep = async (): Promise<void> => {
        await ledger.sweep(height as Height)
        for (const [key, grant] of live) if (height > grant.until + 20n) live.delete(key)
      }
      for (const { action, asker, id, bytes, blocks } of steps) {
        const key = grantKey(asker, id)
        const held = waiting.get(key)
        if (action === 'promise') {
          const until = height + BigInt(blocks)
          const promise = await pending(ledger, asker, id, bytes, {
            nonce: ++nonce,
            expiredHeight: until as Height
          })
          if (held !== undefined && promise.held) throw new Error('two promises for one object')
          if (promise.held) waiting.set(key, { asker, bytes, until, promise })
        }
        if (action === 'sign' && held !== undefined) {
          const { outcome } = await held.promise.sign()
          if (outcome !== 'granted') throw new Error(outcome)
          waiting.delete(key)
          live.set(key, held)
        }
        if ((action === 'refuse' || action === 'fail') && held !== undefined) {
          broken = action === 'fail'
          await (broken ? held.promise.sign() : held.promise.fail(new Error('no'))).catch(() => undefined)
          broken = false
          waiting.delete(key)
        }
        if (action === 'consume' || action === 'release') {
          const was = live.has(key)
          const done = await ledger[action](key).then(
            () => true,
            () => false
          )
          if (was && !done) throw new Error(`${action} of a live grant failed`)
          live.delete(key)
        }
        if (action === 'sweep') {
          height += BigInt(blocks)
          await sweep()
        }
        if (action === 'wait') await clock.advance(blocks * 1_000)
        if (action === 'restart') {
          await ledger.stop()
          await ledger.start()
          for (const { promise } of waiting.values()) await promise.sign()
          waiting.clear()
          await sweep()
        }
        await check()
      }
      for (const { promise } of waiting.values()) await promise.fail(new Error('over')).catch(() => undefined)
      waiting.clear()
      for (const key of live.keys()) await ledger.release(key)
      live.clear()
      await check()
    }),
    { seed, numRuns: 400 }
  )
  t.pass('400 orders')
})
