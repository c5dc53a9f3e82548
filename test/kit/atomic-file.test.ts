import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { isMissing, writeFileAtomically } from '../../src/kit/atomic-file.js'

t.test('a file is replaced as a whole, readable by its owner only, in a folder made for it', async t => {
  const file = join(t.testdir(), 'made', 'state.json')
  await writeFileAtomically(file, 'old, and longer')
  await writeFileAtomically(file, 'new')
  t.equal(readFileSync(file, 'utf8'), 'new')
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.same(readdirSync(join(file, '..')), ['state.json'])
})

t.test('what cannot be put in place leaves no draft behind', async t => {
  const dir = t.testdir()
  mkdirSync(join(dir, 'taken', 'inside'), { recursive: true })
  await t.rejects(writeFileAtomically(join(dir, 'taken'), 'x'))
  t.same(readdirSync(dir), ['taken'])
})

t.test('a missing file is told from other faults', async t => {
  t.ok(isMissing(Object.assign(new Error('none'), { code: 'ENOENT' })))
  t.notOk(isMissing(Object.assign(new Error('denied'), { code: 'EACCES' })))
  t.notOk(isMissing('ENOENT'))
})
