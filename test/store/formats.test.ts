import { cpSync, mkdtempSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Level } from 'level'
import t, { type Test } from 'tap'
import { decodeTask } from '../../src/codec/task-codec.js'
import type { Height, PeerIdString, SpAddress } from '../../src/domain/brands.js'
import { StoreError } from '../../src/errors.js'
import { levelStore } from '../../src/store/level.js'
import { seal, unseal } from '../../src/store/seal.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { type Asked, approverFixture, type Fixture, NOW } from '../protocols/granting/approver-fixture.js'
import type { FixtureGrant } from './make-fixture.js'

/** What version 0.1.0 wrote; see make-fixture.ts. */
const FIXTURE = resolve(import.meta.dirname, '../../../test/store/fixtures/0.1.0')
const written = JSON.parse(readFileSync(join(FIXTURE, 'grants.json'), 'utf8')) as readonly FixtureGrant[]

const askOf = ({ from, ask }: FixtureGrant): Asked => {
  const bytes = Buffer.from(ask, 'hex')
  return { from: from as PeerIdString, addressBlock: '', arrivedAt: 0, bytes, task: decodeTask(bytes) }
}

const copied = (t: Test): string => {
  const dir = mkdtempSync(join(tmpdir(), 'formats-'))
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  cpSync(join(FIXTURE, 'approvals'), join(dir, 'approvals'), { recursive: true })
  return join(dir, 'approvals')
}

const started = async (t: Test, dir: string): Promise<Fixture> => {
  const f = await approverFixture({}, levelStore({ dir, clock: fakeClock() }))
  t.teardown(() => f.store.close())
  return f
}

const stopped = async (f: Fixture): Promise<void> => {
  await f.ledger.stop()
  await f.store.close()
}

async function holdsAsWritten(t: Test, f: Fixture): Promise<void> {
  t.same(f.store.health(1_000n as Height), { state: 'ready' })
  const listed = (await f.ledger.list()).map(grant => ({
    asker: grant.asker,
    objectId: grant.objectId,
    state: grant.state,
    reservedBytes: `${grant.reservedBytes}`,
    expiredHeight: `${grant.expiredHeight}`,
    createTime: `${grant.nonce}`,
    askDigest: grant.askDigest,
    answer: Buffer.from(grant.answer).toString('hex'),
    wire: grant.wire
  }))
  const order = (a: { asker: string; objectId: string }, b: { asker: string; objectId: string }): number =>
    `${a.asker}/${a.objectId}` < `${b.asker}/${b.objectId}` ? -1 : 1
  const expected = written.map(({ from: _from, ask: _ask, ...grant }) => ({ ...grant, wire: '0.0.1' }))
  t.same(listed.sort(order), expected.sort(order), 'the same grants')
  for (const grant of written) {
    const answer = await f.answer(askOf(grant))
    t.equal(answer && Buffer.from(answer).toString('hex'), grant.answer, 'the same ask gets the same answer')
  }
  t.equal(f.state.verifications + f.state.signatures, 0, 'without a verification or a signature')
  for (const asker of new Set(written.map(grant => grant.asker as SpAddress))) {
    const live = written.filter(grant => grant.asker === asker && grant.state === 'live')
    const bytes = live.reduce((sum, { reservedBytes }) => sum + BigInt(reservedBytes), 0n)
    t.same(await f.ledger.totals(asker), { bytes, grants: live.length }, 'capacity is still reserved')
  }
  t.same(await f.store.createTimes(), [{ low: NOW - 595n, high: NOW + 5n }], 'below the highest of its marks')
}

/** Formats of the journal and of its records, as they stand on disk. */
async function formats(dir: string): Promise<unknown> {
  const db = new Level<string, Buffer>(join(dir, 'grants'), { valueEncoding: 'buffer' })
  const records = new Set<number>()
  let journal: unknown
  for await (const [key, value] of db.iterator()) {
    if (key === 'meta') journal = JSON.parse(unseal(value.toString()) ?? '').version
    else records.add(value[0] ?? 0)
  }
  await db.close()
  return { journal, records: [...records] }
}

t.test('the store of 0.1.0 is taken over: same grants, same answers, same capacity', async t => {
  const dir = copied(t)
  t.same(await formats(dir), { journal: 1, records: [1] })
  const f = await started(t, dir)
  await holdsAsWritten(t, f)
  await stopped(f)
  t.same(await formats(dir), { journal: 2, records: [2] })
  const again = await started(t, dir)
  await holdsAsWritten(t, again)
  t.notOk(
    readdirSync(dir).some(name => name.includes('damaged')),
    'nothing was set aside'
  )
})

t.test('a kill or a power cut in the midst of that begins anew, whatever of it reached the disk', async t => {
  const dir = copied(t)
  const upgraded = `${dir}.upgraded`
  cpSync(dir, upgraded, { recursive: true })
  const store = levelStore({ dir: upgraded, clock: fakeClock() })
  await store.open()
  // As it stands when the batch is written, the side file not yet, and nothing closed.
  const cut = `${dir}.cut`
  const log = readdirSync(join(upgraded, 'grants')).filter(name => name.endsWith('.log'))
  t.equal(log.length, 1)
  const size = statSync(join(upgraded, 'grants', `${log}`)).size
  cpSync(upgraded, cut, { recursive: true })
  cpSync(join(dir, 'grants.high'), join(cut, 'grants.high'))
  await store.close()
  t.ok(size > 2_000, `${size} bytes`)
  for (let length = 0; length <= size; length += Math.ceil(size / 12)) {
    const at = `${dir}.${length}`
    cpSync(cut, at, { recursive: true })
    truncateSync(join(at, 'grants', `${log}`), length)
    const f = await started(t, at)
    await holdsAsWritten(t, f)
    await stopped(f)
    t.same(await formats(at), { journal: 2, records: [2] }, `${length} of ${size} bytes`)
  }
})

t.test('damage of an old store is damage still: what is whole of it is taken over', async t => {
  const dir = copied(t)
  const db = new Level<string, Buffer>(join(dir, 'grants'), { valueEncoding: 'buffer' })
  const [one] = written
  await db.del(`g/${one?.asker}/${one?.objectId}`)
  await db.close()
  const f = await started(t, dir)
  t.match(f.store.health(1_000n as Height), { state: 'damaged', reason: /expected 5 records/, until: 2_000n })
  t.equal((await f.ledger.list()).length, written.length - 1)
  await stopped(f)
  t.same(await formats(dir), { journal: 2, records: [2] })
})

t.test('a store of a later version is refused with one line, and left as it is', async t => {
  const later = {
    journal: async (dir: string) => {
      const db = new Level<string, string>(join(dir, 'grants'))
      const meta: object = JSON.parse(unseal((await db.get('meta')) ?? '') ?? '')
      await db.put('meta', seal(JSON.stringify({ ...meta, version: 3, id: 7 })))
      await db.put('g/x', 'whatever that version writes')
      await db.close()
    },
    'side file': async (dir: string) => {
      const side: object = JSON.parse(unseal(readFileSync(join(dir, 'grants.high'), 'utf8')) ?? '')
      writeFileSync(join(dir, 'grants.high'), seal(JSON.stringify({ ...side, version: 2 })))
    }
  }
  for (const [what, change] of Object.entries(later)) {
    const dir = copied(t)
    await change(dir)
    const [names, side] = [readdirSync(dir).sort(), readFileSync(join(dir, 'grants.high'), 'utf8')]
    const error: unknown = await levelStore({ dir })
      .open()
      .catch((error: unknown) => error)
    if (!(error instanceof StoreError)) return t.fail(`${what}: ${error}`)
    t.match(error, { kind: 'newer', code: 'ERR_STORE_NEWER', hint: /nothing was changed/ }, what)
    t.match(error.message, /^[^\n]* format \d, this version knows \d: a later version wrote it$/)
    t.same(readdirSync(dir).sort(), names, 'nothing set aside, nothing made')
    t.equal(readFileSync(join(dir, 'grants.high'), 'utf8'), side)
    t.match(await formats(dir), what === 'journal' ? { journal: 3 } : { journal: 1, records: [1] })
  }
})
