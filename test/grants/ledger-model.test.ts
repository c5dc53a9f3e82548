import fc from 'fast-check'
import t from 'tap'
import type { Height, SpAddress } from '../../src/domain/brands.js'
import { grantKey } from '../../src/domain/grant.js'
import { StoreError } from '../../src/errors.js'
import { createGrantLedger, type Hold } from '../../src/grants/index.js'
import { memoryStore } from '../../src/store/memory.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { grantOf, LIMITS, SPS, START } from './ledger-fixture.js'

/** One step of the model: what to do, to whom. */
const step = fc.record({
  action: fc.constantFrom('reserve', 'commit', 'abandon', 'fail', 'consume', 'release', 'sweep', 'wait', 'restart'),
  asker: fc.constantFrom(...SPS),
  id: fc.constantFrom('1', '2', '3', '4', '5', '6'),
  bytes: fc.bigInt(0n, 300n),
  blocks: fc.integer({ min: 0, max: 400 })
})

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
      let holds = new Map<string, Hold>()
      // The model: bytes by key, of grants and of holds.
      const live = new Map<string, { asker: SpAddress; bytes: bigint; until: bigint }>()
      const check = (): void => {
        const keys = new Set([...live.keys(), ...holds.keys()])
        const sums = new Map<SpAddress, { bytes: bigint; grants: number }>(
          SPS.map(sp => [sp, { bytes: 0n, grants: 0 }])
        )
        for (const key of keys) {
          const a = live.get(key)
          const b = holds.get(key)
          const sum = sums.get((a ?? b)?.asker as SpAddress)
          if (sum === undefined) throw new Error(key)
          sum.bytes += (a?.bytes ?? 0n) > (b?.bytes ?? 0n) ? (a?.bytes ?? 0n) : (b?.bytes ?? 0n)
          sum.grants++
        }
        let bytes = 0n
        for (const [asker, sum] of sums) {
          const totals = ledger.totals(asker)
          if (totals.bytes !== sum.bytes || totals.grants !== sum.grants)
            throw new Error(`${asker}: ${totals.bytes} is not ${sum.bytes}`)
          if (sum.bytes > 250n || sum.grants > 4) throw new Error(`${asker} is over its limits`)
          bytes += sum.bytes
        }
        const all = ledger.totals()
        if (all.bytes !== bytes || bytes > 900n || all.grants !== keys.size || keys.size > 10)
          throw new Error('the total')
      }
      for (const { action, asker, id, bytes, blocks } of steps) {
        const key = grantKey(asker, id)
        const hold = holds.get(key)
        if (action === 'reserve') {
          const reservation = ledger.reserve(asker, id, bytes)
          if (reservation.ok) holds.set(key, reservation.hold)
          else if (hold !== undefined && reservation.code !== 'BUSY') throw new Error('two holds')
        }
        if ((action === 'commit' || action === 'fail') && hold !== undefined) {
          const until = height + BigInt(blocks)
          broken = action === 'fail'
          const grant = grantOf(hold, { expiredHeight: until as Height, createTime: BigInt(clock.now()) / 1_000n })
          await ledger.commit(hold, grant).catch(() => undefined)
          if (!broken) live.set(key, { asker, bytes: hold.bytes, until })
          broken = false
          holds.delete(key)
        }
        if (action === 'abandon' && hold !== undefined) {
          ledger.abandon(hold)
          holds.delete(key)
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
          await ledger.sweep(height as Height)
          for (const [key, grant] of live) if (height > grant.until + 20n) live.delete(key)
        }
        if (action === 'wait') await clock.advance(blocks * 1_000)
        if (action === 'restart') {
          await ledger.stop()
          holds = new Map()
          await ledger.start()
          await ledger.sweep(height as Height)
        }
        check()
      }
      for (const hold of holds.values()) ledger.abandon(hold)
      holds = new Map()
      for (const key of live.keys()) await ledger.release(key)
      live.clear()
      check()
    }),
    { seed, numRuns: 400 }
  )
  t.pass('400 orders')
})
