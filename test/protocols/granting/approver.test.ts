import t from 'tap'
import type { PolicyDecision, PolicyFacts } from '../../../src/domain/policy-rules.js'
import { until } from '../../support/awaited.js'
import { approve, approverFixture, ask, checkedAnswer, entry, fail, NOW, node, sp } from './approver-fixture.js'

t.test('a good ask is answered with the ask, our address, height and signature, journalled first', async t => {
  const f = await approverFixture()
  const one = ask(1)
  const answer = checkedAnswer(await f.answer(one), one)
  t.equal(answer.expiredHeight, 1_900n)
  const [grant] = await f.store.loadGrants()
  t.match(grant, {
    objectId: '1',
    asker: sp(1),
    reservedBytes: 100n,
    expiredHeight: 1_900n,
    wire: '0.0.1',
    nonce: NOW,
    state: 'live'
  })
  t.match(f.decisions, [{ asker: sp(1), decision: { outcome: 'approve', rule: 'test' } }])
  t.equal(f.state.verifications, 2, 'the ask, and what a foreign signer gave')
  await f.answer(ask(1, { id: '2' }))
  t.equal(f.state.verifications, 4)
  t.equal(await f.result('approved'), 2)
  t.match(await f.metrics.registry.metrics(), /decisions_total\{rule="test",decision="approve",code=""\} 2/)
})

t.test('an address that is none costs nothing', async t => {
  const f = await approverFixture()
  t.equal(await f.answer(ask(1, { task: { askSpOperatorAddress: 'nobody' } })), undefined)
  t.equal(f.state.verifications, 0)
  t.match(await f.metrics.registry.metrics(), /code="UNKNOWN_SP"\} 1/)
})

t.test('any spelling of the address is the same SP', async t => {
  const f = await approverFixture()
  const spelled = ask(1, { task: { askSpOperatorAddress: sp(1).slice(2).toLowerCase() } })
  checkedAnswer(await f.answer(spelled), spelled)
  t.equal((await f.ledger.find(sp(1), '1'))?.state, 'live')
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
    if ((await f.answer(flipped)) !== undefined) t.fail(`bit ${bit}`)
    t.equal(f.last(), 'BAD_SIGNATURE')
    await f.clock.advance(1_000)
  }
  const good = ask(1)
  for (const task of [
    { ...good.task, objectInfo: { ...(good.task.objectInfo ?? fail('')), payloadSize: 401n } },
    { ...good.task, task: { ...(good.task.task ?? fail('')), createTime: NOW + 1n } }
  ]) {
    t.equal(await f.answer({ ...good, task, bytes: Buffer.from('other') }), undefined)
  }
  for (const cut of [0, 1, 64, 66]) {
    t.equal(await f.answer(ask(1, { signature: s => Buffer.concat([s, s]).subarray(0, cut) })), undefined)
  }
  t.same(await f.ledger.totals(), { bytes: 0n, grants: 0 })
})

t.test('both spellings of a form feed are good signatures, and name one ask', async t => {
  const f = await approverFixture()
  const object = { objectName: 'form\ffeed\b' }
  const long = ask(1, { object })
  const short = ask(1, { object, spelling: 'short' })
  const first = checkedAnswer(await f.answer(short), short)
  const second = checkedAnswer(await f.answer(long), long)
  t.same(Buffer.from(second.approvedSignature), Buffer.from(first.approvedSignature), 'one promise')
  t.equal(f.state.signatures, 1)
})

t.test('V 27 and 28 are the same signature, not a second ask', async t => {
  const f = await approverFixture()
  const one = ask(1)
  const alias = ask(1, { signature: s => Buffer.concat([s.subarray(0, 64), Buffer.of((s[64] ?? 0) + 27)]) })
  const first = checkedAnswer(await f.answer(one), one)
  const second = checkedAnswer(await f.answer(alias), alias)
  t.same(Buffer.from(second.approvedSignature), Buffer.from(first.approvedSignature))
  t.equal(f.state.signatures, 1)
  t.equal((await f.store.loadGrants()).length, 1)
})

t.test('the largest id below 2^64 is granted; from there on a Go node would end, and nothing is granted', async t => {
  const f = await approverFixture()
  const largest = ask(1, { id: `${(1n << 64n) - 1n}` })
  checkedAnswer(await f.answer(largest), largest)
  for (const id of [`${1n << 64n}`, `${(1n << 256n) - 1n}`]) {
    t.equal(await f.answer(ask(1, { id })), undefined)
    t.equal(await f.ledger.find(sp(1), id), undefined)
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
    checkedAnswer(await f.answer(skewed), skewed)
  }
  t.equal(f.decisions.length, 2)
})

t.test('legacy modes: unpinned SPs are open under auto, refused under pinned, all are under off', async t => {
  for (const [mode, expected] of [
    ['auto', 'approve'],
    ['pinned', 'UNKNOWN_SP'],
    ['off', 'UNKNOWN_SP']
  ] as const) {
    const f = await approverFixture({ legacyMode: mode })
    f.entries.set(sp(1), { ...entry(f, 1), nodes: [] })
    await f.answer(ask(1))
    t.equal(f.last(), expected, mode)
  }
  const pinned = await approverFixture({ pins: new Map([[sp(1), new Set([node(7)])]]) })
  pinned.entries.set(sp(1), { ...entry(pinned, 1), nodes: [] })
  await pinned.answer(ask(1))
  t.equal(pinned.last(), 'UNKNOWN_SP', 'a local pin closes an SP')
  await pinned.answer(ask(1, { from: node(7) }))
  t.equal(pinned.last(), 'approve')
})

t.test('the policy sees what the signature covers, and our own state', async t => {
  const f = await approverFixture()
  const seen: PolicyFacts[] = []
  f.state.decide = facts => {
    seen.push(facts)
    return approve
  }
  await f.answer(ask(1))
  await f.answer(ask(1, { createTime: NOW + 1n, object: { redundancyType: 1, visibility: 2 } }))
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
  t.same(await f.ledger.totals(), { bytes: 400n, grants: 1 })
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
  const answering = f.answer(one)
  await until(() => f.state.policies > 0, 'the policy to be asked')
  let stopped = false
  const stopping = f.approver.stop().then(() => {
    stopped = true
  })
  t.equal(await f.answer(ask(1, { id: '2' })), undefined)
  t.equal(f.last(), 'SHUTTING_DOWN')
  t.equal(stopped, false)
  decided(approve)
  checkedAnswer(await answering, one)
  await stopping
  await f.approver.stop()
})
