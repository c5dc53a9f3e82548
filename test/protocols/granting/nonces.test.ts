import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { Height } from '../../../src/domain/brands.js'
import type { PolicyDecision } from '../../../src/domain/policy-rules.js'
import { StoreError } from '../../../src/errors.js'
import { levelStore } from '../../../src/store/level.js'
import { memoryStore } from '../../../src/store/memory.js'
import { until } from '../../support/awaited.js'
import {
  type Asked,
  approve,
  approverFixture,
  ask,
  checkedAnswer,
  fail,
  HEIGHT,
  NOW,
  node,
  signerOf,
  sp
} from './approver-fixture.js'

t.test('the create time is a nonce: the same ask the same answer, another one none, an older one none', async t => {
  const f = await approverFixture()
  const one = ask(1, { createTime: NOW })
  const answer = await f.answer(one)
  const spent = { ...f.state }
  t.same(await f.answer(one), answer, 'the same bytes')
  t.same({ ...f.state }, spent, 'and no verification, no policy, no signature')

  const unsigned = { ...(one.task.task ?? fail('')), taskPriority: 9 }
  const altered = ask(1, { createTime: NOW, task: { task: unsigned } })
  t.equal(checkedAnswer(await f.answer(altered), altered).expiredHeight, 1_900n, 'fits that ask')
  t.equal(f.state.signatures, 1, 'the same promise')

  t.equal(await f.answer(ask(1, { createTime: NOW, object: { payloadSize: 404n } })), undefined)
  t.equal(f.last(), 'MISMATCH')
  t.equal(await f.answer(ask(1, { createTime: NOW - 1n })), undefined)
  t.equal(f.last(), 'EXPIRED')
  t.same(await f.ledger.totals(sp(1)), { bytes: 100n, grants: 1 })

  f.state.height = 1_010n as Height
  const newer = ask(1, { createTime: NOW + 1n, object: { payloadSize: 800n } })
  t.equal(checkedAnswer(await f.answer(newer), newer).expiredHeight, 1_910n, 'a newer one is decided anew')
  t.same(await f.ledger.totals(sp(1)), { bytes: 200n, grants: 1 }, 'and moves the reservation')
  t.equal(await f.answer(one), undefined, 'the answer before it is no longer given')
  t.equal(f.last(), 'EXPIRED')
})

t.test('two nodes of one SP: asked on one, then on the other whose clock is behind, both are granted', async t => {
  const [one, other, stranger] = [node(1), node(4), node(5)]
  const f = await approverFixture({ pins: new Map([[sp(1), new Set([one, other])]]) })
  const dir = mkdtempSync(join(tmpdir(), 'approver-'))
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  const answered = async (ask: Asked, name: string): Promise<void> => {
    t.equal(checkedAnswer(await f.answer(ask), ask).expiredHeight, 1_900n, name)
  }
  await answered(ask(1, { createTime: NOW + 60n, from: one }), 'the first')
  await answered(ask(1, { createTime: NOW, from: other }), 'a minute behind')
  await answered(ask(1, { createTime: NOW + 61n, from: one }), 'the first again')
  t.equal(await f.answer(ask(1, { createTime: NOW + 5n, from: one })), undefined)
  t.equal(f.last(), 'EXPIRED', 'each by its own create times')
  t.same(await f.ledger.totals(sp(1)), { bytes: 100n, grants: 1 }, 'there is one grant at a time')

  const disk = await approverFixture({ pins: new Map([[sp(1), new Set([one, other])]]) }, levelStore({ dir }))
  await disk.answer(ask(1, { createTime: NOW + 60n, from: one }))
  await disk.ledger.stop()
  await disk.ledger.start()
  const later = ask(1, { createTime: NOW, from: other })
  checkedAnswer(await disk.answer(later), later)
  await disk.ledger.stop()
  await disk.store.close()

  const open = await approverFixture()
  const entry = open.entries.get(sp(1)) ?? fail('no entry')
  open.entries.set(sp(1), { ...entry, nodes: [] })
  await open.answer(ask(1, { createTime: NOW + 60n, from: one }))
  t.equal(await open.answer(ask(1, { createTime: NOW, from: stranger })), undefined)
  t.equal(open.last(), 'EXPIRED', 'whoever caught an ask of an open SP cannot bring it back')
})

t.test('what was granted while both clocks were ahead does not hold up asks once they are right', async t => {
  const f = await approverFixture()
  const [right, ahead] = [f.clock.now(), f.clock.now() + 3_600_000]
  f.clock.setWall(ahead)
  const early = ask(1, { createTime: NOW + 3_600n })
  checkedAnswer(await f.answer(early), early)
  const refused = ask(1, { createTime: NOW + 3_601n, object: { id: '77' } })
  f.state.decide = () => ({ outcome: 'refuse', rule: 'x', code: 'POLICY', reason: 'no' })
  await f.answer(refused)
  f.state.decide = () => approve
  f.clock.setWall(right)
  for (const now of [ask(1, { createTime: NOW }), ask(1, { createTime: NOW, object: { id: '77' } })]) {
    checkedAnswer(await f.answer(now), now)
  }
  t.equal(await f.answer(ask(1, { createTime: NOW - 1n })), undefined, 'and an older one is still older')
})

t.test('a refused nonce is not decided twice, a newer one is', async t => {
  const f = await approverFixture()
  f.state.decide = () => ({ outcome: 'refuse', rule: 'x', code: 'POLICY', reason: 'no' })
  const one = ask(1)
  await f.answer(one)
  f.state.decide = () => approve
  const spent = { ...f.state }
  t.equal(await f.answer(one), undefined)
  t.same({ ...f.state }, spent, 'the same bytes are not even verified')
  const alias = ask(1, { signature: s => Buffer.concat([s.subarray(0, 64), Buffer.of((s[64] ?? 0) + 27)]) })
  t.equal(await f.answer(alias), undefined)
  t.equal(f.state.policies, 1)
  t.equal(await f.result('repeated'), 2)
  t.equal(await f.answer(ask(1, { object: { payloadSize: 404n } })), undefined)
  t.equal(f.last(), 'MISMATCH')
  const newer = ask(1, { createTime: NOW + 1n })
  checkedAnswer(await f.answer(newer), newer)
  t.equal(await f.answer(alias), undefined, 'and does not bring the refused one back')
  t.equal(f.state.policies, 2)
})

t.test(
  'after a restart the same ask gets the same bytes, even from a signer that never signs the same way',
  async t => {
    const dir = mkdtempSync(join(tmpdir(), 'approver-'))
    t.teardown(() => rm(dir, { recursive: true, force: true }))
    const one = ask(1)
    const before = await approverFixture({}, levelStore({ dir }))
    const answer = await before.answer(one)
    await before.ledger.stop()
    await before.store.close()

    const after = await approverFixture({}, levelStore({ dir }))
    t.teardown(() => after.store.close())
    after.state.sign = () => fail('asked to sign again')
    t.same(await after.ledger.totals(sp(1)), { bytes: 100n, grants: 1 }, 'still reserved')
    const again = await after.answer(one)
    t.same(again && Buffer.from(again), answer && Buffer.from(answer))
    t.equal(await after.answer(ask(1, { createTime: NOW - 1n })), undefined)
    t.equal(after.last(), 'EXPIRED', 'and the nonce is still spent')
  }
)

t.test('identical asks in flight share one decision, different ones of an object follow each other', async t => {
  const f = await approverFixture()
  let decided: (decision: PolicyDecision) => void = () => undefined
  f.state.decide = () =>
    new Promise(resolve => {
      decided = resolve
    })
  const one = ask(1)
  const newer = ask(1, { createTime: NOW + 1n })
  const same = [one, { ...one }, { ...one, from: node(1) }].map(each => f.answer(each))
  const next = f.answer(newer)
  await until(() => f.state.policies > 0, 'the policy to be asked')
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
  t.equal(await f.answer(one), undefined, 'signed, not journalled, not sent')
  t.equal(f.last(), 'BUSY')
  t.equal(f.state.signatures, 1)
  t.same(await f.ledger.totals(), { bytes: 0n, grants: 0 })
  full = false
  f.state.height = undefined
  t.equal(await f.answer(one), undefined)
  t.equal(f.last(), 'CHAIN_UNAVAILABLE')
  f.state.height = HEIGHT
  checkedAnswer(await f.answer(one), one)
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
  const answer = await f.answer(one)
  damaged = true
  t.equal(await f.answer(ask(1, { id: '2' })), undefined)
  t.equal(f.last(), 'BUSY')
  t.match(f.decisions.at(-1)?.decision.reason, /lost; nothing is granted until height 2000/)
  t.same(await f.answer(one), answer)
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
    t.equal(await f.answer(ask(1)), undefined)
    t.equal(f.last(), 'BUSY')
    t.match(f.decisions.at(-1)?.decision.reason, reason)
  }
  f.state.sign = () => new Promise(() => undefined)
  const late = f.answer(ask(1))
  await until(() => f.clock.pending > 0, 'the bound of the signer')
  await f.clock.advance(3_000)
  t.equal(await late, undefined)
  t.match(f.decisions.at(-1)?.decision.reason, /longer than 3000 ms/)
  t.same(await f.ledger.totals(), { bytes: 0n, grants: 0 })
  t.same(await f.store.loadGrants(), [])
})
