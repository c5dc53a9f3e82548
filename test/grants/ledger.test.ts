import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Height } from '../../src/domain/brands.js'
import { grantKey } from '../../src/domain/grant.js'
import { StoreError } from '../../src/errors.js'
import { createGrantLedger, type GrantLedger, type PromiseResult } from '../../src/grants/index.js'
import type { ApprovalStore } from '../../src/store/index.js'
import { levelStore } from '../../src/store/level.js'
import { memoryStore } from '../../src/store/memory.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { sampleGrant } from '../store/sample-grant.js'
import { ledgerConformance } from './conformance.js'
import { A, B, given, LIMITS, pending, request, START, setup } from './ledger-fixture.js'

const over = (open: (t: Test) => ApprovalStore) => async (t: Test) => {
  const store = open(t)
  const { ledger, clock } = await setup(t, { store })
  return {
    ledger,
    clock,
    restarted: async () => {
      await ledger.stop()
      await store.close()
      await store.open()
      const again = createGrantLedger({ store, limits: () => LIMITS, clock })
      await again.start()
      t.teardown(() => again.stop())
      return again
    }
  }
}

ledgerConformance(t, 'memory', over(memoryStore))
ledgerConformance(
  t,
  'level',
  over(t => {
    const dir = mkdtempSync(join(tmpdir(), 'ledger-'))
    t.teardown(() => rm(dir, { recursive: true, force: true }))
    return levelStore({ dir })
  })
)

t.test('records of the largest answers are bounded too, per asker and in all', async t => {
  const KIB_128 = { recordSize: 128 * 1_024, sign: () => new Promise<never>(() => undefined) }
  const { ledger } = await setup(t, { limits: { ...LIMITS, perAskerGrants: 5_000, totalGrants: 65_536 } })
  for (let taken = 0; taken < 512; taken++) void ledger.promise(request(A, `${taken}`, 0n, KIB_128))
  t.equal((await ledger.totals(A)).grants, 512, '64 MiB of 128 KiB each')
  const one = await ledger.promise(request(A, 'x', 0n, KIB_128))
  t.match(one, { outcome: 'busy', reason: /records of one asker: 67108864 bytes kept/ })
  t.ok((await pending(ledger, B, '1', 0n, KIB_128)).held, 'others are not concerned')
})

t.test('what a record takes once it is written is the size of its answer', async t => {
  const { ledger } = await setup(t, { limits: { ...LIMITS, perAskerGrants: 5_000, totalGrants: 65_536 } })
  const most = { recordSize: 64 * 1_024 * 1_024 }
  for (const id of ['1', '2']) await given(ledger, A, id, 0n, { ...most, sign: async () => new Uint8Array(0) })
  await given(ledger, A, '3', 0n, { recordSize: 1, sign: async () => new Uint8Array(1) })
  t.match(await ledger.promise(request(A, '4', 0n, most)), { outcome: 'busy', reason: /1 bytes kept/ })
})

t.test('a promise given while old records are deleted keeps its record', async t => {
  const clock = fakeClock(START * 1_000)
  const store = memoryStore()
  await store.open()
  const objects = 1_500
  for (let id = 0; id < objects; id++) {
    await store.putGrant(sampleGrant(id, { asker: A, expiredHeight: 900n as Height, nonce: BigInt(START) }))
  }
  const last = `${objects - 1}`
  let ledger: GrantLedger | undefined
  let promised: PromiseResult | undefined
  const slow: ApprovalStore = {
    ...store,
    // The first records go, and meanwhile the asker asks anew for one of those that would go next.
    deleteGrants: async keys => {
      const anew = request(A, last, 10n, { nonce: BigInt(START + 1), expiredHeight: 9_000n as Height })
      promised ??= await ledger?.promise(anew)
      await store.deleteGrants(keys)
    }
  }
  ledger = createGrantLedger({ store: slow, limits: () => LIMITS, clock })
  t.teardown(() => ledger?.stop())
  await ledger.start()
  await clock.advance(721_000)
  t.equal((await ledger.sweep(1_000n as Height)).expired, objects)
  t.match(promised, { outcome: 'granted' })
  t.match(await ledger.find(A, last), { state: 'live', expiredHeight: 9_000n })
  t.match(await store.loadGrants(), [{ objectId: last, expiredHeight: 9_000n }], 'on disk too, and nothing else')
  t.same(await ledger.totals(), { bytes: 10n, grants: 1 })
})

t.test('a journal that cannot be written gives the capacity back, and the nonce', async t => {
  const store = memoryStore()
  let full = true
  const { ledger } = await setup(t, {
    store: {
      ...store,
      putGrant: async grant => {
        if (full) throw new StoreError('full', 'no room')
        await store.putGrant(grant)
      }
    }
  })
  await t.rejects(ledger.promise(request(A, '1', 100n)), /no room/)
  t.same(await ledger.totals(), { bytes: 0n, grants: 0 })
  t.equal(await ledger.find(A, '1'), undefined)
  full = false
  const key = await given(ledger, A, '1', 100n)
  full = true
  await t.rejects(ledger.release(key), /no room/)
  t.same(await ledger.totals(), { bytes: 100n, grants: 1 }, 'not released on disk: still held')
})

t.test('65,536 grants are counted one by one', async t => {
  const { ledger } = await setup(t, {
    limits: { ...LIMITS, perAskerPercent: 100n, perAskerGrants: 1 << 20, totalGrants: 1 << 20 }
  })
  for (let number = 0; number < 65_536; number++) {
    await given(ledger, A, `${number}`, 0n, { expiredHeight: BigInt(900 + (number % 4_000)) as Height })
  }
  t.same(await ledger.totals(A), { bytes: 0n, grants: 65_536 })
  for (let number = 3_000; number < 3_100; number++) await ledger.release(grantKey(A, `${number}`))
  // Heights 900 … 979 of 4,000, 16 or 17 grants each; none of the released ones is among them.
  t.same(await ledger.sweep(1_000n as Height), { expired: 80 * 17, deleted: 0 })
  t.equal((await ledger.totals(A)).grants, 65_536 - 100 - 80 * 17)
})
