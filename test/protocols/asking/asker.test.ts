import t from 'tap'
import { completeObjectInfo } from '../../../src/domain/task-defaults.js'
import { AskCancelledError, InsufficientApprovalError } from '../../../src/index.js'
import { type AskerFixture, askerFixture } from './asker-fixture.js'

const OPTIONS = { min: 1, max: 9, timeoutMs: 1_000 }

t.test('an ask that is cancelled while it is signed is sent to nobody and not told as sent', async t => {
  const events: string[] = []
  let sign: (signature: Uint8Array) => void = () => undefined
  const signer = { sign: () => new Promise<Uint8Array>(resolve => (sign = resolve)) }
  const { asker, clock, sent } = await askerFixture(2, { signer, emit: type => events.push(type) })
  const canceller = new AbortController()
  const fixture = await askerFixture(2)
  const asked = asker.ask(fixture.task(), { ...OPTIONS, signal: canceller.signal })
  await clock.advance(0)
  canceller.abort()
  await t.rejects(asked, AskCancelledError)
  sign(new Uint8Array(65))
  await clock.advance(0)
  t.same(sent, [])
  t.same(events, ['task:state', 'task:state', 'ask:done'])
})

t.test('an SP that approves through another of its nodes is waited for no longer', async t => {
  const fixture = await askerFixture(2)
  open(fixture, 1)
  const asked = fixture.asker.ask(fixture.task(), OPTIONS)
  await fixture.clock.advance(0)
  fixture.answered({ ...fixture.answer(1), from: fixture.node(7) })
  fixture.answered(fixture.answer(2))
  const { approvals, report } = await asked
  t.same(
    approvals.map(({ sp }) => sp),
    [fixture.sp(1), fixture.sp(2)]
  )
  t.equal(report.elapsedMs, 0)
})

t.test(
  'a signature that is not the SP’s is a fault of who brought it; an answer that came to nothing is none',
  async t => {
    const fixture = await askerFixture(2)
    const { asker } = fixture
    const asked = asker.ask(fixture.task(), { ...OPTIONS, max: 1 })
    await fixture.clock.advance(0)
    const good = fixture.answer(1)
    const forged = { ...good, task: { ...good.task, approvedSignature: fixture.answer(2).task.approvedSignature } }
    const older = {
      ...good,
      task: { ...good.task, objectInfo: completeObjectInfo({ ...good.task.objectInfo, version: 2n }) }
    }
    t.equal(fixture.answered(forged), 'fault')
    t.equal(fixture.answered(older), 'done', 'may be a late answer to the ask before')
    t.equal(fixture.answered(good), 'done')
    t.equal((await asked).approvals.length, 1)
    t.equal(fixture.answered(fixture.answer(2)), 'done', 'late')
  }
)

/** The list names no node of this SP. */
function open({ entries, sp }: AskerFixture, n: number): void {
  const entry = entries.get(sp(n))
  if (entry !== undefined) entries.set(sp(n), { ...entry, nodes: [] })
}

t.test('an answer that is handled after the deadline does not count, though the timer is late', async t => {
  const fixture = await askerFixture(2)
  const asked = fixture.asker.ask(fixture.task(), { ...OPTIONS, max: 1 })
  asked.catch(() => undefined)
  await fixture.clock.advance(0)
  fixture.clock.stall(OPTIONS.timeoutMs)
  fixture.answered(fixture.answer(1))
  await t.rejects(asked, InsufficientApprovalError)
})
