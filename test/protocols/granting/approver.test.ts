import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { Height, PeerIdString } from '../../../src/domain/brands.js'
import type { PolicyDecision, PolicyFacts } from '../../../src/domain/policy-rules.js'
import { StoreError } from '../../../src/errors.js'
import { levelStore } from '../../../src/store/level.js'
import { memoryStore } from '../../../src/store/memory.js'
import {
  type AskChanges,
  approve,
  approverFixture,
  ask,
  checkedAnswer,
  type Fixture,
  fail,
  HEIGHT,
  NOW,
  node,
  signerOf,
  sp
} from './approver-fixture.js'

t.test('a good ask is answered with the ask, our address, height and signature, journalled first', async t => {
  const f = await approverFixture()
  const one = ask(1)
  const answer = checkedAnswer(await f.approver.handle(one), one)
  t.equal(answer.expiredHeight, 1_900n)
  const [grant] = await f.store.loadGrants()
  t.match(grant, {
    objectId: '1',
    asker: sp(1),
    reservedBytes: 100n,
    expiredHeight: 1_900n,
    createTime: NOW,
    state: 'live'
  })
  t.match(f.decisions, [{ asker: sp(1), decision: { outcome: 'approve', rule: 'test' } }])
  t.equal(f.state.verifications, 2, 'the ask, and our signer once')
  await f.approver.handle(ask(1, { id: '2' }))
  t.equal(f.state.verifications, 3, 'the signer has proven itself')
  t.equal(await f.result('approved'), 2)
  t.match(await f.metrics.registry.metrics(), /decisions_total\{rule="test",decision="approve",code=""\} 2/)
})

interface Row {
  readonly name: string
  readonly code: string
  readonly reason: RegExp
  readonly changes?: AskChanges
  readonly prepare?: (f: Fixture) => void
  /** What it may have cost until it was refused. */
  readonly cost?: 'nothing' | 'a verification' | 'the policy'
}

const entry = (f: Fixture, n: number) => f.entries.get(sp(n)) ?? fail('not listed')

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
    t.equal(await f.approver.handle(ask(1, changes)), undefined, name)
    t.equal(f.last(), code, `${name}: ${code}`)
    const decision = f.decisions.at(-1)?.decision
    t.match(decision?.reason, reason)
    t.same(
      { verifications: f.state.verifications, policies: f.state.policies, signatures: f.state.signatures },
      { verifications: cost === 'nothing' ? 0 : 1, policies: cost === 'the policy' ? 1 : 0, signatures: 0 },
      `${name}: costs ${cost}`
    )
    t.same(f.ledger.totals(), { bytes: 0n, grants: 0 })
    t.equal((await f.result('refused')) + (await f.result('error')), 1)
  }
})

t.test('an address that is none costs nothing', async t => {
  const f = await approverFixture()
  t.equal(await f.approver.handle(ask(1, { task: { askSpOperatorAddress: 'nobody' } })), undefined)
  t.equal(f.state.verifications, 0)
  t.match(await f.metrics.registry.metrics(), /code="UNKNOWN_SP"\} 1/)
})

t.test('any spelling of the address is the same SP', async t => {
  const f = await approverFixture()
  const spelled = ask(1, { task: { askSpOperatorAddress: sp(1).slice(2).toLowerCase() } })
  checkedAnswer(await f.approver.handle(spelled), spelled)
  t.equal(f.ledger.find(sp(1), '1')?.state, 'live')
})

t.test('no bit of ask or signature can be flipped', async t => {
  const f = await approverFixture()
  f.state.rates = { perSp: 1e6, total: 1e6, perOpenSp: 1e6 }
  for (let bit = 0; bit < 520; bit += 13) {
    const flipped = ask(1, {
      signature: good => {
        const other = Buffer.from(good)
        other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        return other
      }
    })
    if ((await f.approver.handle(flipped)) !== undefined) t.fail(`bit ${bit}`)
    t.equal(f.last(), 'BAD_SIGNATURE')
    await f.clock.advance(1_000)
  }
  const good = ask(1)
  for (const task of [
    { ...good.task, objectInfo: { ...(good.task.objectInfo ?? fail('')), payloadSize: 401n } },
    { ...good.task, task: { ...(good.task.task ?? fail('')), createTime: NOW + 1n } }
  ]) {
    t.equal(await f.approver.handle({ ...good, task, bytes: Buffer.from('other') }), undefined)
  }
  for (const cut of [0, 1, 64, 66]) {
    t.equal(await f.approver.handle(ask(1, { signature: s => Buffer.concat([s, s]).subarray(0, cut) })), undefined)
  }
  t.same(f.ledger.totals(), { bytes: 0n, grants: 0 })
})

t.test('both spellings of a form feed are good signatures, and name one ask', async t => {
  const f = await approverFixture()
  const object = { objectName: 'form\ffeed\b' }
  const long = ask(1, { object })
  const short = ask(1, { object, spelling: 'short' })
  const first = checkedAnswer(await f.approver.handle(short), short)
  const second = checkedAnswer(await f.approver.handle(long), long)
  t.same(Buffer.from(second.approvedSignature), Buffer.from(first.approvedSignature), 'one promise')
  t.equal(f.state.signatures, 1)
})

t.test('V 27 and 28 are the same signature, not a second ask', async t => {
  const f = await approverFixture()
  const one = ask(1)
  const alias = ask(1, { signature: s => Buffer.concat([s.subarray(0, 64), Buffer.of((s[64] ?? 0) + 27)]) })
  const first = checkedAnswer(await f.approver.handle(one), one)
  const second = checkedAnswer(await f.approver.handle(alias), alias)
  t.same(Buffer.from(second.approvedSignature), Buffer.from(first.approvedSignature))
  t.equal(f.state.signatures, 1)
  t.equal((await f.store.loadGrants()).length, 1)
})

t.test('the largest id below 2^64 is granted; from there on a Go node would end, and nothing is granted', async t => {
  const f = await approverFixture()
  const largest = ask(1, { id: `${(1n << 64n) - 1n}` })
  checkedAnswer(await f.approver.handle(largest), largest)
  for (const id of [`${1n << 64n}`, `${(1n << 256n) - 1n}`]) {
    t.equal(await f.approver.handle(ask(1, { id })), undefined)
    t.equal(f.ledger.find(sp(1), id), undefined)
    t.match(f.decisions.at(-1), { decision: { code: 'BAD_TASK', reason: /below 2\^64/ } })
  }
})

t.test('600 s of skew are allowed in both directions', async t => {
  const f = await approverFixture()
  for (const [id, createTime] of [
    ['1', NOW - 600n],
    ['2', NOW + 600n]
  ] as const) {
    const skewed = ask(1, { id, createTime })
    checkedAnswer(await f.approver.handle(skewed), skewed)
  }
  t.equal(f.decisions.length, 2)
})

t.test('the create time is a nonce: the same ask the same answer, another one none, an older one none', async t => {
  const f = await approverFixture()
  const one = ask(1, { createTime: NOW })
  const answer = await f.approver.handle(one)
  const spent = { ...f.state }
  t.same(await f.approver.handle(one), answer, 'the same bytes')
  t.same({ ...f.state }, spent, 'and no verification, no policy, no signature')

  const unsigned = { ...(one.task.task ?? fail('')), taskPriority: 9 }
  const altered = ask(1, { createTime: NOW, task: { task: unsigned } })
  t.equal(checkedAnswer(await f.approver.handle(altered), altered).expiredHeight, 1_900n, 'fits that ask')
  t.equal(f.state.signatures, 1, 'the same promise')

  t.equal(await f.approver.handle(ask(1, { createTime: NOW, object: { payloadSize: 404n } })), undefined)
  t.equal(f.last(), 'MISMATCH')
  t.equal(await f.approver.handle(ask(1, { createTime: NOW - 1n })), undefined)
  t.equal(f.last(), 'EXPIRED')
  t.same(f.ledger.totals(sp(1)), { bytes: 100n, grants: 1 })

  f.state.height = 1_010n as Height
  const newer = ask(1, { createTime: NOW + 1n, object: { payloadSize: 800n } })
  t.equal(checkedAnswer(await f.approver.handle(newer), newer).expiredHeight, 1_910n, 'a newer one is decided anew')
  t.same(f.ledger.totals(sp(1)), { bytes: 200n, grants: 1 }, 'and moves the reservation')
  t.equal(await f.approver.handle(one), undefined, 'the answer before it is no longer given')
  t.equal(f.last(), 'EXPIRED')
})

t.test('a refused nonce is not decided twice, a newer one is', async t => {
  const f = await approverFixture()
  f.state.decide = () => ({ outcome: 'refuse', rule: 'x', code: 'POLICY', reason: 'no' })
  const one = ask(1)
  await f.approver.handle(one)
  f.state.decide = () => approve
  const spent = { ...f.state }
  t.equal(await f.approver.handle(one), undefined)
  t.same({ ...f.state }, spent, 'the same bytes are not even verified')
  const alias = ask(1, { signature: s => Buffer.concat([s.subarray(0, 64), Buffer.of((s[64] ?? 0) + 27)]) })
  t.equal(await f.approver.handle(alias), undefined)
  t.equal(f.state.policies, 1)
  t.equal(await f.result('repeated'), 2)
  t.equal(await f.approver.handle(ask(1, { object: { payloadSize: 404n } })), undefined)
  t.equal(f.last(), 'MISMATCH')
  const newer = ask(1, { createTime: NOW + 1n })
  checkedAnswer(await f.approver.handle(newer), newer)
  t.equal(await f.approver.handle(alias), undefined, 'and does not bring the refused one back')
  t.equal(f.state.policies, 2)
})

t.test('a fault of ours leaves the nonce open: it is decided when we can', async t => {
  const store = memoryStore()
  let full = true
  const f = await approverFixture(
    {},
    {
      ...store,
      putGrant: async grant => {
        if (full) throw new StoreError('full', 'no room')
        await store.putGrant(grant)
      }
    }
  )
  const one = ask(1)
  t.equal(await f.approver.handle(one), undefined, 'signed, not journalled, not sent')
  t.equal(f.last(), 'BUSY')
  t.equal(f.state.signatures, 1)
  t.same(f.ledger.totals(), { bytes: 0n, grants: 0 })
  full = false
  f.state.height = undefined
  t.equal(await f.approver.handle(one), undefined)
  t.equal(f.last(), 'CHAIN_UNAVAILABLE')
  f.state.height = HEIGHT
  checkedAnswer(await f.approver.handle(one), one)
})

t.test('a damaged store grants nothing, and still gives the answers it gave', async t => {
  const store = memoryStore()
  let damaged = false
  const f = await approverFixture(
    {},
    {
      ...store,
      health: () => (damaged ? { state: 'damaged', reason: 'lost', until: 2_000n as Height } : { state: 'ready' })
    }
  )
  const one = ask(1)
  const answer = await f.approver.handle(one)
  damaged = true
  t.equal(await f.approver.handle(ask(1, { id: '2' })), undefined)
  t.equal(f.last(), 'BUSY')
  t.match(f.decisions.at(-1)?.decision.reason, /lost; nothing is granted until height 2000/)
  t.same(await f.approver.handle(one), answer)
})

t.test('a signer that fails, signs as another or is late promises nothing', async t => {
  const f = await approverFixture()
  const digestOnly = Buffer.alloc(32, 7)
  for (const [sign, reason] of [
    [() => fail('no key'), /no key/],
    [() => new Uint8Array(64), /expected 65 bytes, got 64/],
    [() => signerOf(1).sign(digestOnly, { type: 'join', message: digestOnly }), /does not sign as/],
    [() => Promise.reject(new Error('no route')), /no route/]
  ] as const) {
    f.state.sign = sign
    t.equal(await f.approver.handle(ask(1)), undefined)
    t.equal(f.last(), 'BUSY')
    t.match(f.decisions.at(-1)?.decision.reason, reason)
  }
  f.state.sign = () => new Promise(() => undefined)
  const late = f.approver.handle(ask(1))
  while (f.clock.pending === 0) await new Promise(setImmediate)
  await f.clock.advance(3_000)
  t.equal(await late, undefined)
  t.match(f.decisions.at(-1)?.decision.reason, /longer than 3000 ms/)
  t.same(f.ledger.totals(), { bytes: 0n, grants: 0 })
  t.same(await f.store.loadGrants(), [])
})

t.test(
  'after a restart the same ask gets the same bytes, even from a signer that never signs the same way',
  async t => {
    const dir = mkdtempSync(join(tmpdir(), 'approver-'))
    t.teardown(() => rm(dir, { recursive: true, force: true }))
    const one = ask(1)
    const before = await approverFixture({}, levelStore({ dir }))
    const answer = await before.approver.handle(one)
    await before.ledger.stop()
    await before.store.close()

    const after = await approverFixture({}, levelStore({ dir }))
    t.teardown(() => after.store.close())
    after.state.sign = () => fail('asked to sign again')
    t.same(after.ledger.totals(sp(1)), { bytes: 100n, grants: 1 }, 'still reserved')
    const again = await after.approver.handle(one)
    t.same(again && Buffer.from(again), answer && Buffer.from(answer))
    t.equal(await after.approver.handle(ask(1, { createTime: NOW - 1n })), undefined)
    t.equal(after.last(), 'EXPIRED', 'and the nonce is still spent')
  }
)

t.test('one asker holds at most its share, however often it asks', async t => {
  const f = await approverFixture()
  for (let number = 0; number < 40; number++) {
    // 25 objects fit in 2,500 bytes of the 10,000; each is asked for again and again.
    await f.approver.handle(ask(1, { id: `${number % 30}`, createTime: NOW + BigInt(number) }))
    const { bytes } = f.ledger.totals(sp(1))
    if (bytes > 2_500n) t.fail(`${bytes} bytes`)
  }
  t.same(f.ledger.totals(sp(1)), { bytes: 2_500n, grants: 25 })
  t.equal(f.last(), 'approve', 'the last one moved a reservation')
  const other = ask(2, { object: { payloadSize: 10_000n } })
  checkedAnswer(await f.approver.handle(other), other)
})

t.test('identical asks in flight share one decision, different ones of an object follow each other', async t => {
  const f = await approverFixture()
  let decided: (decision: PolicyDecision) => void = () => undefined
  f.state.decide = () =>
    new Promise(resolve => {
      decided = resolve
    })
  const one = ask(1)
  const newer = ask(1, { createTime: NOW + 1n })
  const same = [one, { ...one }, { ...one, from: node(1) }].map(each => f.approver.handle(each))
  const next = f.approver.handle(newer)
  while (f.state.policies === 0) await new Promise(setImmediate)
  f.state.decide = () => approve
  t.equal(f.state.verifications, 2, 'one of the three, and the newer one')
  decided(approve)
  const [first, ...rest] = await Promise.all(same)
  for (const answer of rest) t.same(answer, first)
  checkedAnswer(await next, newer)
  t.equal(f.state.policies, 2)
  t.equal(f.state.signatures, 2)
  t.equal(await f.result('repeated'), 2)
})

t.test('rates: per peer, per open SP, per SP, in all', async t => {
  const codes = async (f: Fixture, asks: number, changes: (n: number) => [number, AskChanges]): Promise<string[]> => {
    const seen: string[] = []
    for (let n = 0; n < asks; n++) {
      await f.approver.handle(ask(...changes(n)))
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
    await f.approver.handle(forged)
    if (await limited(f)) refused++
  }
  t.equal(refused, 10, 'the budget of open peers has an end')
  const before = f.state.verifications
  const honest = ask(1)
  checkedAnswer(await f.approver.handle(honest), honest)
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
  for (let n = 0; n < 500; n++) await f.approver.handle(bad)
  t.equal(await f.result('error'), 500)
  t.equal(f.decisions.length, 50)
})

t.test('legacy modes: unpinned SPs are open under auto, refused under pinned, all are under off', async t => {
  for (const [mode, expected] of [
    ['auto', 'approve'],
    ['pinned', 'UNKNOWN_SP'],
    ['off', 'UNKNOWN_SP']
  ] as const) {
    const f = await approverFixture({ legacyMode: mode })
    f.entries.set(sp(1), { ...entry(f, 1), nodes: [] })
    await f.approver.handle(ask(1))
    t.equal(f.last(), expected, mode)
  }
  const pinned = await approverFixture({ pins: new Map([[sp(1), new Set([node(7)])]]) })
  pinned.entries.set(sp(1), { ...entry(pinned, 1), nodes: [] })
  await pinned.approver.handle(ask(1))
  t.equal(pinned.last(), 'UNKNOWN_SP', 'a local pin closes an SP')
  await pinned.approver.handle(ask(1, { from: node(7) }))
  t.equal(pinned.last(), 'approve')
})

t.test('the policy sees what the signature covers, and our own state', async t => {
  const f = await approverFixture()
  const seen: PolicyFacts[] = []
  f.state.decide = facts => {
    seen.push(facts)
    return approve
  }
  await f.approver.handle(ask(1))
  await f.approver.handle(ask(1, { createTime: NOW + 1n, object: { redundancyType: 1, visibility: 2 } }))
  t.match(
    seen,
    [
      {
        asker: sp(1),
        objectId: '1',
        payloadSize: 400n,
        reservationBytes: 100n,
        freeBytes: 10_000n,
        asksLastMinute: 1,
        dataChunks: 4,
        parityChunks: 2
      },
      { reservationBytes: 400n, freeBytes: 10_000n, asksLastMinute: 2, visibility: 2, redundancyType: 1 }
    ],
    'what the new ask replaces counts as free'
  )
  const explained = await f.approver.explain(ask(1).task, sp(1))
  t.match(explained, approve)
  t.match(seen.at(-1), { asksLastMinute: 3 }, 'as if it came now')
  await f.approver.explain(ask(1).task, sp(1))
  t.match(seen.at(-1), { asksLastMinute: 3 }, 'not counted')
  t.match(await f.approver.explain(ask(1, { object: { payloadSize: 10_004n } }).task, sp(1)), { code: 'NO_CAPACITY' })
  t.match(await f.approver.explain(ask(1, { object: { payloadSize: 1n << 63n } }).task, sp(1)), { code: 'TOO_LARGE' })
  t.same(f.ledger.totals(), { bytes: 400n, grants: 1 })
  t.equal(f.decisions.length, 2)
})

t.test('stopping decides nothing new and lets what is in work finish', async t => {
  const f = await approverFixture()
  let decided: (decision: PolicyDecision) => void = () => undefined
  f.state.decide = () =>
    new Promise(resolve => {
      decided = resolve
    })
  const one = ask(1)
  const answering = f.approver.handle(one)
  while (f.state.policies === 0) await new Promise(setImmediate)
  let stopped = false
  const stopping = f.approver.stop().then(() => {
    stopped = true
  })
  t.equal(await f.approver.handle(ask(1, { id: '2' })), undefined)
  t.equal(f.last(), 'SHUTTING_DOWN')
  t.equal(stopped, false)
  decided(approve)
  checkedAnswer(await answering, one)
  await stopping
  await f.approver.stop()
})
