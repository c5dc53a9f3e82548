import { mkdtempSync, realpathSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Height } from '../../src/domain/brands.js'
import { readHighMark } from '../../src/store/high-mark.js'
import type { ApprovalStore } from '../../src/store/index.js'
import { levelStore } from '../../src/store/level.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { approverFixture, ask, NOW } from '../protocols/granting/approver-fixture.js'
import { type LossyDisk, lossyDisk } from './lossy-disk.js'
import { sampleGrant } from './sample-grant.js'

async function onLossyDisk(t: Test): Promise<{ dir: string; disk: LossyDisk; store: ApprovalStore }> {
  const parent = realpathSync(mkdtempSync(join(tmpdir(), 'power-')))
  t.teardown(() => rm(parent, { recursive: true, force: true }))
  const dir = join(parent, 'approvals')
  const disk = await lossyDisk(t, dir)
  const store = levelStore({ dir, clock: fakeClock() })
  t.teardown(() => store.close())
  return { dir, disk, store }
}

const after = async <T>(dir: string, look: (store: ApprovalStore) => Promise<T>): Promise<T> => {
  const store = levelStore({ dir, clock: fakeClock() })
  await store.open()
  try {
    return await look(store)
  } finally {
    await store.close()
  }
}

t.test('an acknowledged grant outlives a power cut, and grants.high knows of its height', async t => {
  const { disk, store } = await onLossyDisk(t)
  await store.open()
  const acknowledged: string[] = []
  for (const blocks of [1_900, 1_950, 2_600, 9_999]) {
    const grant = sampleGrant(blocks, { expiredHeight: BigInt(blocks) as Height })
    await store.putGrant(grant)
    acknowledged.push(grant.objectId)
    const left = disk.cut()
    const side = await readHighMark(join(left, 'grants.high'))
    t.ok(side.found === 'whole' && side.value.mark >= BigInt(blocks), `grants.high after a grant until ${blocks}`)
    await after(left, async store => {
      t.same(store.health(undefined), { state: 'ready' })
      t.same((await store.loadGrants()).map(({ objectId }) => objectId).sort(), acknowledged.sort())
    })
  }
})

t.test('so does the end of a grant, and its deletion', async t => {
  const { disk, store } = await onLossyDisk(t)
  await store.open()
  for (const number of [1, 2]) await store.putGrant(sampleGrant(number))
  await store.putGrant(sampleGrant(1, { state: 'consumed' }))
  await store.deleteGrants([sampleGrant(2).key])
  await after(disk.cut(), async store => {
    t.match(await store.loadGrants(), [{ objectId: '1', state: 'consumed' }])
    t.same(store.health(undefined), { state: 'ready' })
  })
})

t.test('an acknowledged create time outlives a power cut', async t => {
  const { disk, store } = await onLossyDisk(t)
  await store.open()
  for (const high of [10n, 11n, 15n]) {
    const spans = [{ low: 9n, high }]
    await store.putCreateTimes(spans)
    await after(disk.cut(), async store => t.same(await store.createTimes(), spans))
  }
})

t.test('an answer that was given is given again after a power cut', async t => {
  const { disk, store } = await onLossyDisk(t)
  const before = await approverFixture({}, store)
  for (let n = 0n; n < 3n; n++) {
    const one = ask(1, { createTime: NOW + n })
    const answer = await before.answer(one)
    const left = levelStore({ dir: disk.cut(), clock: fakeClock() })
    const again = await approverFixture({}, left)
    const repeated = await again.answer(one)
    t.same(repeated && Buffer.from(repeated), answer && Buffer.from(answer))
    t.equal(again.state.signatures + again.state.verifications, 0, 'from its record')
    t.equal((await again.ledger.totals()).grants, 1, 'and its capacity is reserved')
    await left.close()
  }
})
