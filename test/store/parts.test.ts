import fc from 'fast-check'
import t from 'tap'
import { StoreError } from '../../src/errors.js'
import { decodeGrant, encodeGrant } from '../../src/store/grant-record.js'
import { GroupCommit } from '../../src/store/group-commit.js'
import { type Found, type JournalMarks, type Marks, reconcile } from '../../src/store/reconcile.js'
import { seal, unseal } from '../../src/store/seal.js'
import { storeFault } from '../../src/store/store-fault.js'
import { plain, sampleGrant } from './sample-grant.js'

t.test('every flipped bit and every cut of a record is noticed', async t => {
  const grant = sampleGrant(1)
  const { bytes } = encodeGrant(grant)
  const whole = decodeGrant(grant.key, bytes)
  t.same(whole.ok && plain(whole.grant), plain(grant))
  for (let bit = 0; bit < bytes.length * 8; bit += 3) {
    const flipped = Buffer.from(bytes)
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    if (decodeGrant(grant.key, flipped).ok) t.fail(`bit ${bit} was not noticed`)
  }
  for (let length = 0; length < bytes.length; length++) {
    if (decodeGrant(grant.key, bytes.subarray(0, length)).ok) t.fail(`a cut at ${length} was not noticed`)
  }
  t.match(decodeGrant('other/1', bytes), { ok: false, reason: /other\/1/ }, 'a record under a wrong name')
})

t.test('a decoder of records never throws', async t => {
  const seed = Date.now()
  t.comment(`seed ${seed}`)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => decodeGrant('a/1', bytes).ok === false),
    { seed, numRuns: 500 }
  )
  t.pass('500 inputs')
})

t.test('a sealed line opens only as it was written', async t => {
  const line = seal('{"a":1}')
  t.equal(unseal(line), '{"a":1}')
  for (const other of ['', '\n', line.slice(1), line.slice(0, -1), line.replace('1}', '2}'), `${line}\n`]) {
    t.equal(unseal(other), undefined, JSON.stringify(other))
  }
})

const journal = (marks: Partial<JournalMarks> = {}): Found<JournalMarks> => ({
  found: 'whole',
  value: { id: 'A', mark: 500n, sequence: 10n, damage: undefined, ...marks }
})
const side = (marks: Partial<Marks> = {}): Found<Marks> => ({
  found: 'whole',
  value: { id: 'A', mark: 500n, sequence: 10n, ...marks }
})
const missing = { found: 'missing' } as const
const corrupt = { found: 'corrupt', reason: 'broken' } as const
const damage = { reason: 'before', until: 300n }

t.test('journal and side file: what a start makes of them', async t => {
  const rows: [string, Found<JournalMarks>, Found<Marks>, 'ready' | bigint | 'unknown'][] = [
    ['the very first start', missing, missing, 'ready'],
    ['both whole and level', journal(), side(), 'ready'],
    ['the journal ahead, as after a crash', journal({ mark: 1_000n, sequence: 40n }), side(), 'ready'],
    ['a crash between the first two writes', journal({ mark: 0n }), missing, 'ready'],
    ['no journal, nothing promised', missing, side({ mark: 0n }), 'ready'],
    ['no journal', missing, side(), 500n],
    ['a corrupt journal', corrupt, side(), 500n],
    ['a corrupt journal, nothing promised', corrupt, side({ mark: 0n }), 'ready'],
    ['another store’s journal', journal({ id: 'B', mark: 900n }), side(), 900n],
    ['a journal with an older mark', journal({ mark: 0n }), side(), 500n],
    ['a journal with an older write', journal({ sequence: 9n }), side(), 500n],
    ['no side file', journal(), missing, 'unknown'],
    ['a corrupt side file', journal(), corrupt, 'unknown'],
    ['neither can be read', corrupt, corrupt, 'unknown'],
    ['a corrupt journal and no side file', corrupt, missing, 'unknown'],
    ['no journal and a corrupt side file', missing, corrupt, 'unknown'],
    ['a damage that has not healed', journal({ damage }), side(), 300n],
    ['a second damage on top', journal({ damage, sequence: 9n }), side(), 500n],
    ['a second, unbounded one', journal({ damage }), missing, 'unknown'],
    [
      'an unbounded one and a bounded one',
      journal({ damage: { reason: 'x', until: undefined }, mark: 1n }),
      side(),
      'unknown'
    ]
  ]
  for (const [name, journal, side, expected] of rows) {
    const plan = reconcile(journal, side)
    const got = plan.damage === undefined ? 'ready' : (plan.damage.until ?? 'unknown')
    t.equal(got, expected, name)
    if (side.found === 'whole') t.ok(plan.mark >= side.value.mark && plan.sequence >= side.value.sequence, 'never back')
  }
})

t.test('writers that come together share a write, in their order', async t => {
  const writes: number[][] = []
  let open: () => void = () => undefined
  const gate = new Promise<void>(resolve => {
    open = resolve
  })
  const commit = new GroupCommit<number>(async items => {
    writes.push([...items])
    await gate
    if (items.includes(13)) throw new StoreError('io', 'thirteen')
  }, 4)
  const first = [1, 2, 3].map(item => commit.push(item))
  await Promise.resolve()
  await Promise.resolve()
  const second = [4, 5, 6, 7, 8].map(item => commit.push(item))
  const failing = commit.push(13)
  open()
  await Promise.all([...first, ...second.slice(0, 4)])
  await t.rejects(failing, /thirteen/)
  await t.rejects(second[4] as Promise<void>, /thirteen/, 'whoever shared the failed write is told')
  await commit.idle()
  t.same(writes, [
    [1, 2, 3],
    [4, 5, 6, 7],
    [8, 13]
  ])
  await commit.push(9)
  t.same(writes.at(-1), [9], 'a failed write does not stop the next one')
})

t.test('faults are told apart by their innermost cause', async t => {
  const wrapped = (code: string, message: string): Error =>
    Object.assign(new Error('Database failed to open', { cause: Object.assign(new Error(message), { code }) }), {
      code: 'LEVEL_DATABASE_NOT_OPEN'
    })
  const rows: [Error, StoreError['kind']][] = [
    [wrapped('LEVEL_LOCKED', 'IO error: lock /x/LOCK: already held by process'), 'locked'],
    [wrapped('LEVEL_CORRUPTION', 'Corruption: 1 missing files'), 'corrupt'],
    [wrapped('LEVEL_IO_ERROR', 'IO error: /x/000003.log: No space left on device'), 'full'],
    [wrapped('LEVEL_IO_ERROR', 'IO error: /x/000003.log: Disk quota exceeded'), 'full'],
    [wrapped('LEVEL_IO_ERROR', 'IO error: /x/000003.log: Read-only file system'), 'read-only'],
    [wrapped('LEVEL_IO_ERROR', 'IO error: /x/000003.log: Input/output error'), 'io']
  ]
  for (const [error, kind] of rows) {
    const fault = storeFault(error, 'store')
    t.equal(fault.kind, kind, fault.message)
    t.equal(fault.cause, error)
  }
  t.match(storeFault(wrapped('LEVEL_LOCKED', 'x'), 'store').hint, /another process/)
  const own = new StoreError('full', 'x')
  t.equal(storeFault(own, 'y'), own)
})
