import t from 'tap'
import type { PeerIdString } from '../../../src/domain/brands.js'
import {
  type AskChanges,
  approverFixture,
  ask,
  checkedAnswer,
  entry,
  type Fixture,
  fail,
  NOW,
  node,
  sp
} from './approver-fixture.js'

interface Row {
  readonly name: string
  readonly code: string
  readonly reason: RegExp
  readonly changes?: AskChanges
  readonly prepare?: (f: Fixture) => void
  /** What it may have cost until it was refused. */
  readonly cost?: 'nothing' | 'a verification' | 'the policy'
}

/** In the order of work. */
const rows: Row[] = [
  { name: 'no object', code: 'BAD_TASK', reason: /object_info/, changes: { task: { objectInfo: undefined } } },
  { name: 'no bucket name', code: 'BAD_TASK', reason: /bucket_name/, changes: { object: { bucketName: '' } } },
  { name: 'no object name', code: 'BAD_TASK', reason: /object_name/, changes: { object: { objectName: '' } } },
  {
    name: 'an unknown redundancy',
    code: 'BAD_TASK',
    reason: /redundancy_type/,
    changes: { object: { redundancyType: 2 } }
  },
  {
    name: 'no parameters',
    code: 'BAD_TASK',
    reason: /storage_params/,
    changes: { task: { storageParams: undefined } }
  },
  { name: 'no data chunks', code: 'BAD_TASK', reason: /1 to 64, got 0/, changes: { chunks: 0 } },
  { name: '65 data chunks', code: 'BAD_TASK', reason: /got 65/, changes: { chunks: 65 } },
  { name: '2^32 − 1 data chunks', code: 'BAD_TASK', reason: /got 4294967295/, changes: { chunks: 0xffff_ffff } },
  { name: 'a height in an ask', code: 'BAD_TASK', reason: /expired_height/, changes: { task: { expiredHeight: 5n } } },
  {
    name: 'an approver in an ask',
    code: 'BAD_TASK',
    reason: /approved fields/,
    changes: { task: { approvedSpOperatorAddress: sp(2) } }
  },
  {
    name: 'an endpoint in an ask',
    code: 'BAD_TASK',
    reason: /approved fields/,
    changes: { task: { approvedSpEndpoint: 'x' } }
  },
  {
    name: 'an approval account in an ask',
    code: 'BAD_TASK',
    reason: /approved fields/,
    changes: { task: { approvedSpApprovalAddress: 'x' } }
  },
  {
    name: 'an approved signature in an ask',
    code: 'BAD_TASK',
    reason: /approved fields/,
    changes: { task: { approvedSignature: Buffer.alloc(65) } }
  },
  {
    name: 'an ask whose answer would be too large',
    code: 'BAD_TASK',
    reason: /at most 65414 bytes/,
    changes: { object: { contentType: 'x'.repeat(65_300) } }
  },
  {
    name: 'a clock 601 s behind',
    code: 'EXPIRED',
    reason: /601 s behind our clock/,
    changes: { createTime: NOW - 601n }
  },
  {
    name: 'a clock 601 s ahead',
    code: 'EXPIRED',
    reason: /601 s ahead of our clock/,
    changes: { createTime: NOW + 601n }
  },
  { name: 'no create time', code: 'EXPIRED', reason: /behind/, changes: { createTime: 0n } },
  { name: 'the least create time', code: 'EXPIRED', reason: /behind/, changes: { createTime: -(1n << 63n) } },
  {
    name: 'no list',
    code: 'CHAIN_UNAVAILABLE',
    reason: /no list/,
    prepare: f => {
      f.state.listDown = true
    }
  },
  { name: 'an SP that is not listed', code: 'UNKNOWN_SP', reason: /not listed/, prepare: f => f.entries.delete(sp(1)) },
  {
    name: 'an SP in jail',
    code: 'NOT_IN_SERVICE',
    reason: /IN_JAILED/,
    prepare: f => f.entries.set(sp(1), { ...entry(f, 1), status: 'IN_JAILED' })
  },
  {
    name: 'ourselves',
    code: 'UNKNOWN_SP',
    reason: /ourselves/,
    changes: { task: { askSpOperatorAddress: sp(0) }, signedBy: 0 }
  },
  {
    name: 'other chunks than the chain’s',
    code: 'BAD_TASK',
    reason: /prescribes 6, got 4/,
    prepare: f => f.entries.set(sp(1), { ...entry(f, 1), dataChunks: 6 })
  },
  {
    name: 'a peer that does not speak for the SP',
    code: 'UNKNOWN_SP',
    reason: /does not speak for/,
    changes: { from: node(3) }
  },
  {
    name: 'a signature of somebody else',
    code: 'BAD_SIGNATURE',
    reason: /ask_signature/,
    changes: { signedBy: 2 },
    cost: 'a verification'
  },
  {
    name: 'no signature',
    code: 'BAD_SIGNATURE',
    reason: /ask_signature/,
    changes: { task: { askSignature: new Uint8Array(0) } },
    cost: 'a verification'
  },
  {
    name: 'no height',
    code: 'CHAIN_UNAVAILABLE',
    reason: /no height/,
    prepare: f => {
      f.state.height = undefined
    },
    cost: 'a verification'
  },
  {
    name: 'a refusal by policy',
    code: 'POLICY',
    reason: /not today/,
    prepare: f => {
      f.state.decide = () => ({ outcome: 'refuse', rule: 'day', code: 'POLICY', reason: 'not today' })
    },
    cost: 'the policy'
  },
  {
    name: 'a policy that throws',
    code: 'INTERNAL',
    reason: /broken policy/,
    prepare: f => {
      f.state.decide = () => fail('broken policy')
    },
    cost: 'the policy'
  },
  {
    name: 'a life above the most',
    code: 'TOO_LARGE',
    reason: /blocks needed, 10000 allowed/,
    changes: { object: { payloadSize: (1n << 64n) - 1n } },
    cost: 'the policy'
  },
  {
    name: 'more than an asker’s share',
    code: 'NO_CAPACITY',
    reason: /share of one asker/,
    changes: { object: { payloadSize: 10_004n } },
    cost: 'the policy'
  }
]

t.test('each refusal sends nothing, says why, and spends nothing expensive before it is due', async t => {
  for (const { name, code, reason, changes, prepare, cost = 'nothing' } of rows) {
    const f = await approverFixture()
    prepare?.(f)
    t.equal(await f.answer(ask(1, changes)), undefined, name)
    t.equal(f.last(), code, `${name}: ${code}`)
    const decision = f.decisions.at(-1)?.decision
    t.match(decision?.reason, reason)
    t.same(
      { verifications: f.state.verifications, policies: f.state.policies, signatures: f.state.signatures },
      { verifications: cost === 'nothing' ? 0 : 1, policies: cost === 'the policy' ? 1 : 0, signatures: 0 },
      `${name}: costs ${cost}`
    )
    t.same(await f.ledger.totals(), { bytes: 0n, grants: 0 })
    t.equal((await f.result('refused')) + (await f.result('error')), 1)
  }
})

t.test('one asker holds at most its share, however often it asks', async t => {
  const f = await approverFixture()
  for (let number = 0; number < 40; number++) {
    // 25 objects fit in 2,500 bytes of the 10,000; each is asked for again and again.
    await f.answer(ask(1, { id: `${number % 30}`, createTime: NOW + BigInt(number) }))
    const { bytes } = await f.ledger.totals(sp(1))
    if (bytes > 2_500n) t.fail(`${bytes} bytes`)
  }
  t.same(await f.ledger.totals(sp(1)), { bytes: 2_500n, grants: 25 })
  t.equal(f.last(), 'approve', 'the last one moved a reservation')
  const other = ask(2, { object: { payloadSize: 10_000n } })
  checkedAnswer(await f.answer(other), other)
})

t.test('rates: per peer, per open SP, per SP, in all', async t => {
  const codes = async (f: Fixture, asks: number, changes: (n: number) => [number, AskChanges]): Promise<string[]> => {
    const seen: string[] = []
    for (let n = 0; n < asks; n++) {
      await f.answer(ask(...changes(n)))
      const { decision } = f.decisions.at(-1) ?? fail('no decision')
      seen.push(decision.outcome === 'approve' ? 'approve' : decision.rule)
    }
    return seen
  }
  const object = { payloadSize: 0n }
  const f = await approverFixture()
  f.state.rates = { perSp: 4, total: 100, perOpenSp: 2 }
  t.same(await codes(f, 10, n => [1, { id: `${n}`, object }]), [
    ...Array(4).fill('approve'),
    ...Array(4).fill('sp-rate'),
    ...Array(2).fill('peer-rate')
  ])
  t.equal(f.state.policies, 4)
  await f.clock.advance(15_000)
  t.same(
    await codes(f, 2, n => [1, { id: `later ${n}`.replace(/\D/g, '7'), object, createTime: NOW + 5n }]),
    ['approve', 'sp-rate'],
    'one more every 15 s'
  )

  const open = await approverFixture()
  open.state.rates = { perSp: 1_000, total: 1_000, perOpenSp: 2 }
  open.entries.set(sp(2), { ...entry(open, 2), nodes: [] })
  const sybil = (n: number): [number, AskChanges] => [2, { id: `${n}`, object, from: `sybil-${n}` as PeerIdString }]
  t.same(await codes(open, 20, sybil), [
    ...Array(2).fill('approve'),
    ...Array(14).fill('sp-rate'),
    ...Array(4).fill('block-rate')
  ])

  const all = await approverFixture()
  all.state.rates = { perSp: 10, total: 3, perOpenSp: 2 }
  t.same(await codes(all, 5, n => [1 + (n % 4), { id: `${n}`, object }]), [
    'approve',
    'approve',
    'approve',
    'total-rate',
    'total-rate'
  ])
})

t.test('bad signatures of open peers cannot use up the verifications of pinned ones', async t => {
  const f = await approverFixture()
  f.state.rates = { perSp: 1e9, total: 1e9, perOpenSp: 1e9 }
  f.entries.set(sp(2), { ...entry(f, 2), nodes: [] })
  const forged = ask(2, { signedBy: 3 })
  let refused = 0
  for (let n = 0; n < 5_000 && refused < 10; n++) {
    await f.answer(forged)
    if (await limited(f)) refused++
  }
  t.equal(refused, 10, 'the budget of open peers has an end')
  const before = f.state.verifications
  const honest = ask(1)
  checkedAnswer(await f.answer(honest), honest)
  t.equal(f.state.verifications, before + 2)
})

/** Whether the last forged ask was not even verified. */
async function limited(f: Fixture): Promise<boolean> {
  const { values } = await f.metrics.decisions.get()
  return values.some(value => value.labels.rule === 'verifications')
}

t.test('garbage in any name is counted, and shown only so often', async t => {
  const f = await approverFixture()
  const bad = ask(1, { chunks: 0 })
  for (let n = 0; n < 500; n++) await f.answer(bad)
  t.equal(await f.result('error'), 500)
  t.equal(f.decisions.length, 50)
})
