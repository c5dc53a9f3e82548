import t from 'tap'
import type { Height, SpAddress } from '../../src/domain/brands.js'
import { grantKey } from '../../src/domain/grant.js'
import { StoreError } from '../../src/errors.js'
import { createGrantLedger, type GrantLedger } from '../../src/grants/index.js'
import type { ApprovalStore } from '../../src/store/index.js'
import { memoryStore } from '../../src/store/memory.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { sampleGrant } from '../store/sample-grant.js'
import { A, B, given, grantOf, held, LIMITS, SPS, START, setup } from './ledger-fixture.js'

t.test('capacity is taken when it is reserved, and a new ask for the object moves it', async t => {
  const { ledger } = await setup(t)
  const hold = held(ledger, A, '1', 100n)
  t.same(ledger.totals(), { bytes: 100n, grants: 1 }, 'before the promise is written')
  t.match(ledger.reserve(A, '1', 10n), { ok: false, code: 'BUSY' }, 'one promise at a time for an object')
  await ledger.commit(hold, grantOf(hold))
  t.equal(ledger.find(A, '1')?.state, 'live')
  t.equal(ledger.find(B, '1'), undefined)

  const larger = held(ledger, A, '1', 240n)
  t.same(ledger.totals(A), { bytes: 240n, grants: 1 }, 'the old one does not count beside the new one')
  ledger.abandon(larger)
  ledger.abandon(larger)
  t.same(ledger.totals(A), { bytes: 100n, grants: 1 }, 'abandoned: the old promise stands')

  const smaller = held(ledger, A, '1', 30n)
  t.same(ledger.totals(A), { bytes: 100n, grants: 1 }, 'the old promise stands until the new one is written')
  t.equal(ledger.freeBytes(), 900n)
  t.equal(ledger.freeBytes({ asker: A, objectId: '1' }), 1_000n, 'what it would replace counts as free')
  await ledger.commit(smaller, grantOf(smaller))
  t.same(ledger.totals(A), { bytes: 30n, grants: 1 })
  await t.rejects(ledger.commit(smaller, grantOf(smaller)), /hold/, 'a hold is used once')
})

t.test('each limit refuses with its figures', async t => {
  const { ledger } = await setup(t)
  t.match(ledger.reserve(A, '1', 251n), { ok: false, code: 'NO_CAPACITY', reason: /share of one asker.*250 allowed/ })
  for (const asker of SPS.slice(0, 3)) await given(ledger, asker, '1', 250n)
  t.match(ledger.reserve(SPS[3] as SpAddress, '1', 151n), {
    code: 'NO_CAPACITY',
    reason: /750 held, 151 asked, 900 usable/
  })
  await given(ledger, SPS[3] as SpAddress, '1', 150n)
  for (const id of ['1', '2', '3', '4']) await given(ledger, SPS[4] as SpAddress, id, 0n)
  t.match(ledger.reserve(SPS[4] as SpAddress, '5', 0n), { code: 'NO_CAPACITY', reason: /grants of one asker/ })
  t.match(ledger.wouldFit(A, '1', 250n), { ok: true }, 'its own grant is no obstacle')
  await given(ledger, SPS[3] as SpAddress, '2', 0n)
  await given(ledger, SPS[3] as SpAddress, '3', 0n)
  t.match(ledger.reserve(A, '2', 0n), { code: 'NO_CAPACITY', reason: /grants in all/ })
})

t.test('records of the largest asks are bounded too, per asker', async t => {
  const { ledger } = await setup(t, { ...LIMITS, perAskerGrants: 5_000, totalGrants: 65_536 })
  let taken = 0
  for (; ledger.reserve(A, `${taken}`, 0n, 128 * 1_024).ok; taken++);
  t.equal(taken, 512, '64 MiB of 128 KiB each')
  t.match(ledger.reserve(A, 'x', 0n, 128 * 1_024), { code: 'BUSY', reason: /records of one asker/ })
  t.ok(ledger.reserve(B, '1', 0n, 128 * 1_024).ok, 'others are not concerned')
})

t.test('consumed and released grants hold nothing and stay known', async t => {
  const { ledger, store } = await setup(t)
  const one = await given(ledger, A, '1', 100n)
  const two = await given(ledger, A, '2', 100n)
  t.equal((await ledger.consume(one)).state, 'consumed')
  t.equal((await ledger.consume(one)).state, 'consumed', 'twice is once')
  t.equal((await ledger.release(two)).state, 'released')
  await t.rejects(ledger.release(one), /live grant/)
  await t.rejects(ledger.consume('no/such'), /live grant/)
  t.same(ledger.totals(), { bytes: 0n, grants: 0 })
  t.same(ledger.list({ state: 'live' }), [])
  t.equal(ledger.list({ asker: A }).length, 2)
  t.equal(ledger.list({ asker: B }).length, 0)
  t.same((await store.loadGrants()).map(grant => grant.state).sort(), ['consumed', 'released'], 'on disk')
  await given(ledger, A, '1', 50n, { createTime: BigInt(START + 1) })
  t.same(ledger.totals(A), { bytes: 50n, grants: 1 }, 'a new promise for the same object')
})

t.test('capacity is freed 20 blocks after the height, the record forgotten when its ask cannot be fresh', async t => {
  const { ledger, store, clock } = await setup(t)
  await given(ledger, A, '1', 100n)
  const released = await given(ledger, A, '2', 100n)
  await ledger.release(released)
  t.same(await ledger.sweep(920n as Height), { expired: 0, deleted: 0 }, 'at height + 20 it is still held')
  t.same(ledger.totals(), { bytes: 100n, grants: 1 })
  t.same(await ledger.sweep(921n as Height), { expired: 1, deleted: 0 })
  t.same(ledger.totals(), { bytes: 0n, grants: 0 })
  t.equal(ledger.find(A, '1')?.state, 'expired')
  await clock.advance(720_000)
  t.same(await ledger.sweep(921n as Height), { expired: 0, deleted: 0 }, 'not before 600 s and the margin have passed')
  await clock.advance(1_000)
  t.same(await ledger.sweep(921n as Height), { expired: 0, deleted: 2 })
  t.equal(ledger.find(A, '1'), undefined)
  t.same(await store.loadGrants(), [])

  await given(ledger, A, '3', 100n, { expiredHeight: 5_000n as Height })
  await clock.advance(3_600_000)
  t.same(await ledger.sweep(4_000n as Height), { expired: 0, deleted: 0 }, 'however old, until its height')
  t.same(ledger.totals(A), { bytes: 100n, grants: 1 })
})

t.test('a promise given while old records are deleted keeps its record', async t => {
  const { store, clock } = await setup(t)
  const objects = 1_500
  for (let id = 0; id < objects; id++) {
    await store.putGrant(sampleGrant(id, { asker: A, expiredHeight: 900n as Height, createTime: BigInt(START) }))
  }
  const last = `${objects - 1}`
  let ledger: GrantLedger | undefined
  let given: Promise<void> | undefined
  const slow: ApprovalStore = {
    ...store,
    // The first records go, and meanwhile the asker asks anew for one of those that would go next.
    deleteGrants: async keys => {
      const reservation = given === undefined ? ledger?.reserve(A, last, 10n) : undefined
      if (reservation?.ok === true) {
        given = ledger?.commit(reservation.hold, grantOf(reservation.hold, { expiredHeight: 9_000n as Height }))
        await given
      }
      await store.deleteGrants(keys)
    }
  }
  ledger = createGrantLedger({ store: slow, limits: () => LIMITS, clock })
  t.teardown(() => ledger?.stop())
  await ledger.start()
  await clock.advance(721_000)
  t.equal((await ledger.sweep(1_000n as Height)).expired, objects)
  t.not(given, undefined)
  t.match(ledger.find(A, last), { state: 'live', expiredHeight: 9_000n })
  t.match(await store.loadGrants(), [{ objectId: last, expiredHeight: 9_000n }], 'on disk too, and nothing else')
  t.same(ledger.totals(), { bytes: 10n, grants: 1 })
})

t.test('after a restart the ledger holds what the journal holds', async t => {
  const { ledger, store } = await setup(t)
  await given(ledger, A, '1', 100n)
  await ledger.release(await given(ledger, A, '2', 100n))
  await given(ledger, B, '1', 50n)
  await ledger.stop()
  t.match(ledger.reserve(A, '9', 1n), { ok: false, code: 'BUSY' }, 'stopped: nothing is promised')
  t.same(await ledger.sweep(10_000n as Height), { expired: 0, deleted: 0 }, 'stopped: nothing is freed')
  await ledger.start()
  await ledger.start()
  t.same(ledger.totals(), { bytes: 150n, grants: 2 })
  t.equal(ledger.find(A, '2')?.state, 'released')
  t.equal((await store.loadGrants()).length, 3)
})

t.test('a journal that cannot be written gives the capacity back', async t => {
  const clock = fakeClock()
  const store = memoryStore()
  await store.open()
  let full = true
  const failing: ApprovalStore = {
    ...store,
    putGrant: async grant => {
      if (full) throw new StoreError('full', 'no room')
      await store.putGrant(grant)
    }
  }
  const ledger = createGrantLedger({ store: failing, limits: () => LIMITS, clock })
  await ledger.start()
  const hold = held(ledger, A, '1', 100n)
  await t.rejects(ledger.commit(hold, grantOf(hold)), /no room/)
  t.same(ledger.totals(), { bytes: 0n, grants: 0 })
  t.equal(ledger.find(A, '1'), undefined)
  full = false
  const key = await given(ledger, A, '1', 100n)
  full = true
  await t.rejects(ledger.release(key), /no room/)
  t.same(ledger.totals(), { bytes: 100n, grants: 1 }, 'not released on disk: still held')
})

t.test('65,536 grants are counted one by one', async t => {
  const { ledger } = await setup(t, { ...LIMITS, perAskerPercent: 100n, perAskerGrants: 1 << 20, totalGrants: 1 << 20 })
  const template = sampleGrant('template', { asker: A, reservedBytes: 0n, createTime: BigInt(START) })
  for (let number = 0; number < 65_536; number++) {
    const hold = held(ledger, A, `${number}`, 0n)
    const expiredHeight = BigInt(900 + (number % 4_000)) as Height
    await ledger.commit(hold, { ...template, key: hold.key, objectId: hold.objectId, expiredHeight })
  }
  t.same(ledger.totals(A), { bytes: 0n, grants: 65_536 })
  for (let number = 3_000; number < 3_100; number++) await ledger.release(grantKey(A, `${number}`))
  // Heights 900 … 979 of 4,000, 16 or 17 grants each; none of the released ones is among them.
  t.same(await ledger.sweep(1_000n as Height), { expired: 80 * 17, deleted: 0 })
  t.equal(ledger.totals(A).grants, 65_536 - 100 - 80 * 17)
})
