import { mkdtempSync } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { levelStore } from '../../src/store/level.js'
import { memoryStore } from '../../src/store/memory.js'
import { storeConformance } from './conformance.js'

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
