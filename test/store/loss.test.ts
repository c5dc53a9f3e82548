import { execFile } from 'node:child_process'
import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { StoreError } from '../../src/errors.js'
import { levelStore } from '../../src/store/level.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { at, filled, folder, reopened } from './damage-fixture.js'
import { sampleGrant } from './sample-grant.js'

t.test('an operator who accepts the loss may grant at once', async t => {
  const dir = await filled(t)
  rmSync(join(dir, 'grants'), { recursive: true })
  const store = await reopened(t, dir)
  t.equal(store.health(at(10)).state, 'damaged')
  await store.acceptLoss()
  t.same(store.health(at(10)), { state: 'ready' })
  await store.putGrant(sampleGrant('new'))
  await store.close()
  await store.open()
  t.same(store.health(undefined), { state: 'ready' })
})

t.test('before the first promise, losing the journal loses nothing', async t => {
  const dir = join(folder(t), 'approvals')
  const store = levelStore({ dir })
  await store.open()
  await store.close()
  rmSync(join(dir, 'grants'), { recursive: true })
  await store.open()
  t.same(store.health(undefined), { state: 'ready' })
  await store.close()
})

t.test('a lost nonce book is replaced by a span that no stamp of the past has passed', async t => {
  const clock = fakeClock(1_800_000_000_000)
  for (const harm of ['deleted', 'corrupt'] as const) {
    const dir = await filled(t)
    if (harm === 'deleted') rmSync(join(dir, 'nonces'), { recursive: true })
    else writeFileSync(join(dir, 'nonces', 'CURRENT'), 'x')
    const store = levelStore({ dir, clock })
    await store.open()
    const lost = [{ low: 1_799_999_400n, high: 1_800_000_060n }]
    t.same(await store.createTimes(), lost, harm)
    await store.close()
    await store.open()
    t.same(await store.createTimes(), lost, 'kept')
    t.same(store.health(undefined), { state: 'ready' }, 'grants are not concerned')
    t.equal(
      readdirSync(dir).some(file => file.startsWith('nonces.damaged-')),
      harm === 'corrupt'
    )
    await store.close()
  }
})

t.test('a store that another process holds is locked, not corrupt, and is left as it is', async t => {
  const dir = await filled(t)
  const holder = levelStore({ dir })
  await holder.open()
  const before = readdirSync(dir).sort()
  const child = fileURLToPath(new URL('./open-store.js', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [child, dir])
  t.match(JSON.parse(stdout), { kind: 'locked', code: 'ERR_STORE_LOCKED', hint: /another process/ })
  await t.rejects(levelStore({ dir }).open(), /locked/, 'the same within one process')
  t.same(readdirSync(dir).sort(), before)
  await holder.putGrant(sampleGrant('still'))
  await holder.close()
})

t.test('a file in the place of the folder gives one clear line', async t => {
  const file = join(folder(t), 'approvals')
  writeFileSync(file, '')
  const error: unknown = await levelStore({ dir: file })
    .open()
    .catch((error: unknown) => error)
  t.ok(error instanceof StoreError && !error.message.includes('\n') && error.message.includes(file), String(error))
})

t.test('a backup of the whole folder is not found out by itself; without its side file nothing is granted', async t => {
  const dir = await filled(t)
  const backup = `${dir}.backup`
  cpSync(dir, backup, { recursive: true })
  const store = levelStore({ dir })
  await store.open()
  await store.putGrant(sampleGrant('promised after the backup'))
  await store.close()
  rmSync(dir, { recursive: true })
  cpSync(backup, dir, { recursive: true })
  const unaware = levelStore({ dir })
  await unaware.open()
  t.equal(unaware.health(at(1_000)).state, 'ready', 'what docs/OPERATING.md warns of')
  await unaware.close()
  rmSync(dir, { recursive: true })
  cpSync(backup, dir, { recursive: true })
  rmSync(join(dir, 'grants.high'))
  const told = await reopened(t, dir)
  t.match(told.health(at(1_000)), { state: 'damaged', until: at(11_000) })
  t.equal((await told.loadGrants()).length, 20, 'what the backup knows still stands')
})
