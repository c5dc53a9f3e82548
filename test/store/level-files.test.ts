import { deepStrictEqual } from 'node:assert'
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { Level } from 'level'
import t from 'tap'
import { levelBook } from '../../src/store/book-level.js'
import { levelStore } from '../../src/store/level.js'
import { salvaged, tableDamage } from '../../src/store/level-files.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { sampleNode } from './book-conformance.js'
import { at, folder } from './damage-fixture.js'
import { plain, sampleGrant } from './sample-grant.js'

/** The database is `classic-level`'s where it is Node's. */
const compact = (db: object): Promise<void> =>
  (db as { compactRange(start: string, end: string): Promise<void> }).compactRange('', '~')

const change = fc.record({
  do: fc.constantFrom('put', 'put', 'put', 'delete', 'reopen', 'compact'),
  key: fc.nat(400).map(number => `key/${number}`),
  value: fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.nat(9_000).map(size => new Uint8Array(size).fill(size))
  ),
  times: fc.constantFrom(1, 1, 40)
})

t.test('what is read of the files is what LevelDB reads, and nothing of it is damaged', async t => {
  const seed = Date.now()
  t.comment(`seed ${seed}`)
  const dir = folder(t)
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 30 }), async changes => {
      const place = join(dir, `${run++}`)
      const open = () => new Level<string, Uint8Array>(place, { keyEncoding: 'utf8', valueEncoding: 'view' })
      let db = open()
      await db.open()
      for (const one of changes) {
        if (one.do === 'reopen') {
          await db.close()
          db = open()
          await db.open()
        } else if (one.do === 'compact') await compact(db)
        else {
          const batch = Array.from({ length: one.times }, (_, n) => ({ key: `${one.key}/${n}`, value: one.value }))
          await db.batch(batch.map(put => (one.do === 'put' ? { type: 'put', ...put } : { type: 'del', key: put.key })))
        }
      }
      const expected = new Map((await db.iterator().all()).map(([key, value]) => [key, Buffer.from(value)]))
      await db.close()
      const found = new Map([...(await salvaged(place))].map(([key, value]) => [key, Buffer.from(value)]))
      if (found.size !== expected.size) throw new Error(`expected ${expected.size} records, got ${found.size}`)
      for (const [key, value] of expected) if (found.get(key)?.equals(value) !== true) throw new Error(`${key} differs`)
      const damage = await tableDamage(place)
      if (damage !== undefined) throw new Error(`expected no damage, got ${damage}`)
    }),
    { seed, numRuns: 30 }
  )
})

/** A store whose grants stand in several tables, so that LevelDB compacts them soon after it is opened. */
async function aged(dir: string): Promise<void> {
  for (let start = 0; start < 4; start++) {
    const store = levelStore({ dir })
    await store.open()
    await Promise.all(Array.from({ length: 60 }, (_, n) => store.putGrant(sampleGrant(start * 40 + n))))
    await store.close()
  }
}

const tablesIn = (dir: string): string[] => readdirSync(dir).filter(name => name.endsWith('.ldb'))

t.test(
  'a flipped bit in a table of grants ends no process: the journal is set aside, and nothing is granted',
  async t => {
    const seed = Date.now()
    t.comment(`seed ${seed}`)
    const whole = join(folder(t), 'whole')
    await aged(whole)
    const clock = fakeClock()
    let run = 0
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), fc.nat(7), async (which, where, bit) => {
        const dir = `${whole}-${run++}`
        cpSync(whole, dir, { recursive: true })
        const tables = tablesIn(join(dir, 'grants'))
        const file = join(dir, 'grants', tables[which % tables.length] ?? '')
        const bytes = readFileSync(file)
        bytes[where % bytes.length] = (bytes[where % bytes.length] ?? 0) ^ (1 << bit)
        writeFileSync(file, bytes)
        for (const start of ['first', 'second']) {
          const store = levelStore({ dir, clock })
          await store.open()
          const isReady = store.health(at(100)).state === 'ready'
          const grants = await store.loadGrants()
          const isAside = readdirSync(dir).some(name => name.startsWith('grants.damaged-'))
          await store.close()
          if (isReady && grants.length !== 180) throw new Error(`${start} start: ready with ${grants.length} of 180`)
          if (!isReady && !isAside) throw new Error(`${start} start: damaged, and nothing was set aside`)
          for (const grant of grants) {
            deepStrictEqual(plain(grant), plain(sampleGrant(grant.objectId)), `${start} start: ${grant.key}`)
          }
        }
      }),
      { seed, numRuns: 25 }
    )
  }
)

t.test('a flipped bit in the peer book costs the nodes of one block, the others are taken over', async t => {
  const dir = join(folder(t), 'peers')
  const names = Array.from({ length: 200 }, (_, n) => `node-${n}`)
  const book = levelBook({ dir })
  await book.open()
  await book.write({ put: names.map(name => sampleNode(name)) })
  await book.close()
  await book.open()
  await book.close()
  const [table = ''] = tablesIn(dir)
  const bytes = readFileSync(join(dir, table))
  bytes[300] = (bytes[300] ?? 0) ^ 1
  writeFileSync(join(dir, table), bytes)
  await book.open()
  t.teardown(() => book.close())
  const { nodes } = await book.load()
  t.ok(nodes.length < 200 && nodes.length > 120, `${nodes.length} of 200 nodes`)
  t.ok(readdirSync(join(dir, '..')).some(name => name.startsWith('peers.damaged-')))
})

t.test('a table that the catalogue does not name, as a kill leaves it, is no damage', async t => {
  const dir = join(folder(t), 'store')
  await aged(dir)
  writeFileSync(join(dir, 'grants', '999999.ldb'), 'half a table')
  const store = levelStore({ dir })
  await store.open()
  t.teardown(() => store.close())
  t.equal(store.health(undefined).state, 'ready')
})
