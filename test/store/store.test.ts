import { mkdtempSync } from 'node:fs'
import { cp, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Height } from '../../src/domain/brands.js'
import { readHighMark } from '../../src/store/high-mark.js'
import { levelStore } from '../../src/store/level.js'
import { memoryStore } from '../../src/store/memory.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { storeConformance } from './conformance.js'
import { sampleGrant } from './sample-grant.js'

const folder = (t: Test): string => {
  const dir = mkdtempSync(join(tmpdir(), 'store-'))
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  return dir
}

storeConformance(t, 'memory', () => memoryStore())
storeConformance(t, 'level', t => levelStore({ dir: join(folder(t), 'deep', 'approvals') }))

t.test('the level store keeps its folder to itself and tells its size', async t => {
  const dir = join(folder(t), 'approvals')
  const store = levelStore({ dir })
  await store.open()
  t.teardown(() => store.close())
  for (const part of ['.', 'grants', 'nonces']) t.equal((await stat(join(dir, part))).mode & 0o777, 0o700, part)
  t.equal((await stat(join(dir, 'grants.high'))).mode & 0o777, 0o600)
  t.ok((await store.sizeBytes()) > 100)
})

t.test('grants.high is raised in steps of 500, before a grant above it is stored', async t => {
  const dir = join(folder(t), 'approvals')
  const store = levelStore({ dir, clock: fakeClock() })
  await store.open()
  t.teardown(() => store.close())
  const mark = async (): Promise<unknown> => {
    const side = await readHighMark(join(dir, 'grants.high'))
    return side.found === 'whole' && side.value.mark
  }
  t.equal(await mark(), 0n)
  for (const [height, expected] of [
    [1_900n, 2_000n],
    [2_000n, 2_000n],
    [2_001n, 2_500n],
    [1_000n, 2_500n]
  ] as const) {
    await store.putGrant(sampleGrant(`${height}`, { expiredHeight: height as Height }))
    t.equal(await mark(), expected, `a grant until ${height}`)
  }
})

t.test(
  'a second after a write grants.high knows of it: a copy older than that is noticed even after a crash',
  async t => {
    const dir = join(folder(t), 'approvals')
    const clock = fakeClock()
    const store = levelStore({ dir, clock })
    await store.open()
    await store.putGrant(sampleGrant(1))
    await clock.advance(1_000)
    await store.putGrant(sampleGrant(2))
    await cp(join(dir, 'grants'), `${dir}.older`, { recursive: true })
    await store.putGrant(sampleGrant(3))
    t.equal(clock.pending, 1)
    await clock.advance(1_000)
    // Writes follow each other: when this one is done, so is the one that the timer began.
    await store.deleteGrants(['no/such'])
    // As a crash leaves it: nothing is closed, the files are what they are.
    const crashed = `${dir}.crashed`
    await cp(dir, crashed, { recursive: true })
    await store.close()
    t.equal(clock.pending, 0, 'no timer outlives the store')

    const whole = levelStore({ dir: crashed, clock })
    await whole.open()
    t.same(whole.health(undefined), { state: 'ready' })
    t.equal((await whole.loadGrants()).length, 3)
    await whole.close()

    await rm(join(crashed, 'grants'), { recursive: true })
    await rename(`${dir}.older`, join(crashed, 'grants'))
    await whole.open()
    t.match(whole.health(undefined), { state: 'damaged', reason: /older than grants.high/ })
    await whole.close()
  }
)
