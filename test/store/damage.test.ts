import { cpSync, readdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Level } from 'level'
import t from 'tap'
import { levelStore } from '../../src/store/level.js'
import { at, CREATE_TIMES, filled, flip, reopened } from './damage-fixture.js'
import { plain, sampleGrant } from './sample-grant.js'

const inGrants = (dir: string, end: string): string => {
  const name = readdirSync(join(dir, 'grants')).find(file => file.endsWith(end))
  if (name === undefined) throw new Error(`no ${end} in ${dir}`)
  return join(dir, 'grants', name)
}

/** Moves what is in the log into a table file, as any later start does. */
const compacted = async (dir: string): Promise<void> => {
  const store = levelStore({ dir })
  await store.open()
  await store.close()
}

interface Row {
  readonly name: string
  readonly harm: (dir: string) => void | Promise<void>
  /** Height that must have passed; `unknown`: 10,000 blocks from the first height seen. */
  readonly until: number | 'unknown'
  readonly reason: RegExp
  /** Records that are still there; undefined: at most the twenty. */
  readonly kept?: number
  /** A folder was set aside. */
  readonly aside?: true
}

const older = async (dir: string): Promise<void> => {
  const copy = `${dir}.copy`
  cpSync(join(dir, 'grants'), copy, { recursive: true })
  const store = levelStore({ dir })
  await store.open()
  await store.putGrant(sampleGrant('later'))
  await store.close()
  rmSync(join(dir, 'grants'), { recursive: true })
  renameSync(copy, join(dir, 'grants'))
}

const rows: Row[] = [
  {
    name: 'the journal was deleted',
    harm: dir => rmSync(join(dir, 'grants'), { recursive: true }),
    until: 2_000,
    reason: /missing/,
    kept: 0
  },
  { name: 'an older copy was put back', harm: older, until: 2_000, reason: /older/, kept: 20 },
  {
    name: 'CURRENT was deleted',
    harm: dir => rmSync(inGrants(dir, 'CURRENT')),
    until: 2_000,
    reason: /CURRENT/,
    kept: 20,
    aside: true
  },
  {
    name: 'CURRENT is garbage',
    harm: dir => writeFileSync(inGrants(dir, 'CURRENT'), 'x'),
    until: 2_000,
    reason: /CURRENT/,
    kept: 20,
    aside: true
  },
  {
    name: 'the log was truncated',
    harm: dir => truncateSync(inGrants(dir, '.log'), 4_000),
    until: 2_000,
    reason: /older|expected|missing/
  },
  {
    name: 'the log was emptied',
    harm: dir => truncateSync(inGrants(dir, '.log'), 0),
    until: 2_000,
    reason: /missing|older/,
    kept: 0
  },
  {
    name: 'a byte of the log was flipped',
    harm: dir => flip(inGrants(dir, '.log'), 0.3),
    until: 2_000,
    reason: /older|expected|missing/
  },
  {
    name: 'the first byte of a table was flipped',
    harm: async dir => {
      await compacted(dir)
      flip(inGrants(dir, '.ldb'), 0)
    },
    until: 2_000,
    reason: /block 1 of \d+\.ldb is not what was written/,
    aside: true
  },
  {
    name: 'a byte of a table was flipped within a record',
    harm: async dir => {
      await compacted(dir)
      flip(inGrants(dir, '.ldb'), 0.3)
    },
    until: 2_000,
    reason: /block \d of \d+\.ldb is not what was written/,
    aside: true
  },
  {
    name: 'a table was truncated',
    harm: async dir => {
      await compacted(dir)
      truncateSync(inGrants(dir, '.ldb'), 100)
    },
    until: 2_000,
    reason: /\d+\.ldb: it has no footer of a table/,
    aside: true
  },
  {
    name: 'a table was deleted',
    harm: async dir => {
      await compacted(dir)
      rmSync(inGrants(dir, '.ldb'))
    },
    until: 2_000,
    reason: /missing files/,
    kept: 0,
    aside: true
  },
  {
    name: 'a record was altered behind LevelDB’s back',
    harm: async dir => {
      const db = new Level<string, Buffer>(join(dir, 'grants'), { valueEncoding: 'buffer' })
      const key = `g/${sampleGrant(3).key}`
      const value = await db.get(key)
      if (value === undefined) throw new Error('no record')
      value[40] = (value[40] ?? 0) ^ 1
      await db.put(key, value)
      await db.close()
    },
    until: 2_000,
    reason: /check sum/,
    kept: 19,
    aside: true
  },
  {
    name: 'a record was removed behind our back',
    harm: async dir => {
      const db = new Level<string, Buffer>(join(dir, 'grants'), { valueEncoding: 'buffer' })
      await db.del(`g/${sampleGrant(3).key}`)
      await db.close()
    },
    until: 2_000,
    reason: /expected 20 records/,
    kept: 19,
    aside: true
  },
  {
    name: 'grants.high was deleted',
    harm: dir => rmSync(join(dir, 'grants.high')),
    until: 'unknown',
    reason: /grants.high is missing/,
    kept: 20
  },
  {
    name: 'grants.high is garbage',
    harm: dir => writeFileSync(join(dir, 'grants.high'), 'x'),
    until: 'unknown',
    reason: /grants.high/,
    kept: 20
  },
  {
    name: 'a byte of grants.high was flipped',
    harm: dir => flip(join(dir, 'grants.high'), 0.5),
    until: 'unknown',
    reason: /grants.high/,
    kept: 20
  },
  {
    name: 'journal and grants.high are both gone, the nonces are not',
    harm: dir => {
      rmSync(join(dir, 'grants.high'))
      writeFileSync(inGrants(dir, 'CURRENT'), 'x')
    },
    until: 'unknown',
    reason: /CURRENT/,
    kept: 20,
    aside: true
  }
]

for (const { name, harm, until, reason, kept, aside } of rows) {
  t.test(`${name}: nothing is granted until every promise has run out`, async t => {
    const dir = await filled(t)
    await harm(dir)
    let store = await reopened(t, dir)
    const first = store.health(at(1_000))
    t.equal(first.state, 'damaged')
    t.match(first.state === 'damaged' ? first.reason : '', reason)
    const end = until === 'unknown' ? 11_000 : until
    t.same(first.state === 'damaged' && first.until, at(end))
    await t.rejects(store.putGrant(sampleGrant('new')), /no promise/)
    const grants = await store.loadGrants()
    t.ok(kept === undefined ? grants.length <= 20 : grants.length === kept, `${grants.length} records kept`)
    for (const grant of grants.slice(0, 3)) t.same(plain(grant), plain(sampleGrant(grant.objectId)))
    t.equal(
      readdirSync(dir).some(file => file.startsWith('grants.damaged-')),
      aside === true,
      'set aside, not deleted'
    )
    t.same(await store.createTimes(), CREATE_TIMES, 'nonces go on')

    await store.close()
    store = await reopened(t, dir)
    t.equal(store.health(at(1_001)).state, 'damaged', 'a restart does not heal it')
    t.same(store.health(at(end)), store.health(undefined), 'nor does the very height')
    t.same(store.health(at(end + 1)), { state: 'ready' }, 'one block later it has healed')
    await store.putGrant(sampleGrant('new', { expiredHeight: at(end + 901) }))

    await store.close()
    store = await reopened(t, dir)
    t.same(store.health(undefined), { state: 'ready' }, 'for good')
    t.equal((await store.loadGrants()).length, grants.length + 1)
  })
}
