import { execFile } from 'node:child_process'
import { closeSync, mkdtempSync, readdirSync, readlinkSync } from 'node:fs'
import { chmod, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import type { Height } from '../../src/domain/brands.js'
import { StoreError } from '../../src/errors.js'
import { levelStore } from '../../src/store/level.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { sampleGrant } from './sample-grant.js'

const folder = (t: Test): string => {
  const dir = mkdtempSync(join(tmpdir(), 'faults-'))
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  return dir
}

const WRITER = fileURLToPath(new URL('./grant-writer.js', import.meta.url))
/** Files of 64 KiB at most. */
const COMMAND = 'ulimit -f 64; exec "$0" "$1" "$2"'
/** "Nobody": root may write anywhere, so a test of missing rights has to be somebody else for a moment. */
const NOBODY = 65_534

const kindOf = async (call: Promise<unknown>): Promise<string> => {
  const error: unknown = await call.then(
    () => 'no error',
    (error: unknown) => error
  )
  return error instanceof StoreError ? error.kind : String(error)
}

t.test('a write that fails grants nothing, and the store mends itself when it can be written again', async t => {
  const dir = join(folder(t), 'approvals')
  const clock = fakeClock()
  const store = levelStore({ dir, clock })
  await store.open()
  t.teardown(() => store.close())
  await store.putGrant(sampleGrant(1))
  // The real thing as far as LevelDB can tell: its log is gone from under it.
  for (const fd of readdirSync('/proc/self/fd').map(Number)) {
    if (targetOf(fd).startsWith(join(dir, 'grants')) && targetOf(fd).endsWith('.log')) closeSync(fd)
  }
  const outcomes = await Promise.all([2, 3, 4].map(number => kindOf(store.putGrant(sampleGrant(number)))))
  t.same(outcomes, ['io', 'io', 'io'], 'everybody who shared the write is told')
  t.equal(await kindOf(store.putGrant(sampleGrant(5))), 'io', 'no retry within the same second')
  await clock.advance(1_000)
  await store.putGrant(sampleGrant(6))
  t.same(
    (await store.loadGrants()).map(grant => grant.objectId).filter(id => id === '1' || id === '6'),
    ['1', '6'],
    'what was acknowledged is there'
  )
  t.same(store.health(undefined), { state: 'ready' })
})

t.test('without the right to write, opening says read-only', async t => {
  const parent = folder(t)
  const dir = join(parent, 'approvals')
  const store = levelStore({ dir })
  await store.open()
  await store.putGrant(sampleGrant(1))
  await store.close()
  const root = process.geteuid?.() === 0
  await chmod(parent, 0o755)
  for (const part of ['.', 'grants', 'nonces']) await chmod(join(dir, part), 0o555)
  if (root) process.seteuid?.(NOBODY)
  try {
    t.equal(await kindOf(levelStore({ dir }).open()), 'read-only')
    t.equal(await kindOf(levelStore({ dir: join(dir, 'new') }).open()), 'read-only', 'nor can a folder be made')
  } finally {
    if (root) process.seteuid?.(0)
    for (const part of ['.', 'grants', 'nonces']) await chmod(join(dir, part), 0o700)
  }
  t.notOk(
    readdirSync(dir).some(name => name.includes('damaged')),
    'nothing was set aside'
  )
  await store.open()
  t.equal((await store.loadGrants()).length, 1)
  await store.close()
})

t.test('a side file that cannot be written stops the promises that need it, and no others', async t => {
  const parent = folder(t)
  const dir = join(parent, 'approvals')
  const store = levelStore({ dir, clock: fakeClock() })
  await store.open()
  t.teardown(() => store.close())
  await store.putGrant(sampleGrant(1, { expiredHeight: 1_900n as Height }))
  await chmod(parent, 0o755)
  await chmod(dir, 0o555)
  const root = process.geteuid?.() === 0
  if (root) process.seteuid?.(NOBODY)
  try {
    t.equal(await kindOf(store.putGrant(sampleGrant(2, { expiredHeight: 2_001n as Height }))), 'read-only')
    await store.putGrant(sampleGrant(3, { expiredHeight: 2_000n as Height }))
  } finally {
    if (root) process.seteuid?.(0)
    await chmod(dir, 0o700)
  }
  t.same((await store.loadGrants()).map(grant => grant.objectId).sort(), ['1', '3'])
  await store.putGrant(sampleGrant(2, { expiredHeight: 2_001n as Height }))
})

t.test('no room on the disk is told as full, and what was acknowledged before is there', async t => {
  const dir = join(folder(t), 'approvals')
  // A limit on the size of files is the nearest thing to a full disk that needs no mount.
  const limited = promisify(execFile)('bash', ['-c', COMMAND, process.execPath, WRITER, dir], {
    // Without the test runner's own loaders: they write files too.
    env: { PATH: process.env.PATH }
  })
  const lines = (await limited).stdout.trim().split('\n')
  t.match(JSON.parse(lines.at(-1) ?? ''), { kind: 'full', message: /no room on the disk/ })
  const store = levelStore({ dir })
  await store.open()
  t.teardown(() => store.close())
  const found = new Set((await store.loadGrants()).map(grant => grant.objectId))
  t.same(
    lines.slice(0, -1).filter(number => !found.has(number)),
    []
  )
  t.ok(lines.length > 10, `${lines.length - 1} acknowledged`)
  t.same(store.health(undefined), { state: 'ready' })
})

function targetOf(fd: number): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    // The descriptor of the listing itself is closed by now.
    return ''
  }
}
