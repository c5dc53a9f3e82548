import type { Test } from 'tap'
import type { Height } from '../../src/domain/brands.js'
import { StoreError } from '../../src/errors.js'
import type { ApprovalStore } from '../../src/store/index.js'
import { plain, sampleGrant } from './sample-grant.js'

/** What every approval store must do. `make` gives one that nothing has been put into. */
export function storeConformance(t: Test, name: string, make: (t: Test) => ApprovalStore): void {
  const opened = async (t: Test): Promise<ApprovalStore> => {
    const store = make(t)
    await store.open()
    t.teardown(() => store.close())
    return store
  }

  t.test(`${name}: a new store is empty and ready`, async t => {
    const store = await opened(t)
    t.same(await store.loadGrants(), [])
    t.same(await store.createTimes(), [])
    t.same(store.health(undefined), { state: 'ready' })
    t.same(store.health(5n as Height), { state: 'ready' })
    t.type(await store.sizeBytes(), 'number')
  })

  t.test(`${name}: a record comes back with every field, big integers and bytes included`, async t => {
    const store = await opened(t)
    const id = `${(1n << 256n) - 1n}`
    const grant = sampleGrant(id, {
      expiredHeight: ((1n << 63n) - 1n) as Height,
      wire: '1.0.0',
      nonce: -1n,
      answer: Buffer.alloc(0)
    })
    await store.putGrant(grant)
    t.same((await store.loadGrants()).map(plain), [plain(grant)])
  })

  t.test(`${name}: the last put of a key wins, and a delete removes it`, async t => {
    const store = await opened(t)
    const states = ['live', 'consumed', 'released', 'expired'] as const
    await Promise.all(states.map(state => store.putGrant(sampleGrant(1, { state }))))
    await store.putGrant(sampleGrant(2))
    t.same((await store.loadGrants()).map(grant => [grant.objectId, grant.state]).sort(), [
      ['1', 'expired'],
      ['2', 'live']
    ])
    await store.deleteGrants([sampleGrant(1).key, 'no/such'])
    t.same(
      (await store.loadGrants()).map(grant => grant.objectId),
      ['2']
    )
    await store.deleteGrants([])
  })

  t.test(`${name}: calls take effect in their order, awaited or not`, async t => {
    const store = await opened(t)
    const grant = sampleGrant(1)
    await Promise.all([store.putGrant(grant), store.deleteGrants([grant.key])])
    t.same(await store.loadGrants(), [])
    await Promise.all([store.deleteGrants([grant.key]), store.putGrant(grant)])
    t.equal((await store.loadGrants()).length, 1)
  })

  t.test(`${name}: a thousand concurrent puts are all there after closing and opening`, async t => {
    const store = await opened(t)
    const grants = Array.from({ length: 1_000 }, (_, number) => sampleGrant(number))
    await Promise.all(grants.map(grant => store.putGrant(grant)))
    await store.close()
    await store.open()
    const byKey = new Map((await store.loadGrants()).map(grant => [grant.key, plain(grant)]))
    t.equal(byKey.size, 1_000)
    t.same(byKey.get(sampleGrant(777).key), plain(sampleGrant(777)))
    t.same(store.health(0n as Height), { state: 'ready' })
  })

  t.test(`${name}: spans of create times are what was put last, in its order`, async t => {
    const store = await opened(t)
    const ahead = { low: 31_536_000n, high: (1n << 63n) - 1n }
    const puts = [[{ low: -5n, high: 3n }, ahead], [ahead, { low: 7n, high: 9n }], [{ low: 1n, high: 1n }]]
    for (const spans of puts) {
      await store.putCreateTimes(spans)
      t.same(await store.createTimes(), spans)
      await store.close()
      await store.open()
      t.same(await store.createTimes(), spans)
    }
  })

  t.test(`${name}: a closed store says so, closing and opening twice does nothing`, async t => {
    const store = await opened(t)
    await store.open()
    await store.close()
    await store.close()
    const closed = (error: unknown): boolean => error instanceof StoreError && error.kind === 'closed'
    for (const call of [
      () => store.putGrant(sampleGrant(1)),
      () => store.loadGrants(),
      () => store.deleteGrants(['a/1']),
      () => store.putCreateTimes([]),
      () => store.createTimes(),
      () => store.acceptLoss()
    ]) {
      t.ok(
        await call().then(
          () => false,
          error => closed(error)
        ),
        `${call}`
      )
    }
  })

  t.test(`${name}: accepting a loss where there is none changes nothing`, async t => {
    const store = await opened(t)
    await store.putGrant(sampleGrant(1))
    await store.acceptLoss()
    t.equal((await store.loadGrants()).length, 1)
    t.same(store.health(undefined), { state: 'ready' })
  })
}
