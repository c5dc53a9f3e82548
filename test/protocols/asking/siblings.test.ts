import t from 'tap'
import type { PeerIdString } from '../../../src/domain/brands.js'
import type { ApprovalResult, InsufficientApprovalError } from '../../../src/index.js'
import { type AskerFixture, askerFixture, type FixtureChanges } from './asker-fixture.js'

const OPTIONS = { min: 1, max: 9, timeoutMs: 1_000 }
const HEDGE_AFTER_MS = 250

const siblings = (sps: number, nodes: number, change: FixtureChanges = {}): Promise<AskerFixture> =>
  askerFixture(sps, { hedgeAfterMs: HEDGE_AFTER_MS, ...change }, () => nodes)

/** An ask of its own object, sent; what it comes to is read later. */
async function ask(fixture: AskerFixture, id: string, change: Partial<typeof OPTIONS> = {}): Promise<Asking> {
  fixture.sent.length = 0
  const result = fixture.asker.ask(fixture.task(id), { ...OPTIONS, ...change })
  result.catch(() => undefined)
  await fixture.clock.advance(0)
  await fixture.clock.advance(0)
  return { result }
}
interface Asking {
  readonly result: Promise<ApprovalResult>
}

t.test('a silent node’s siblings are asked one after another, until one answers', async t => {
  const fixture = await siblings(1, 4)
  const { clock, sent, node } = fixture
  const { result } = await ask(fixture, '1')
  t.same(sent, [node(1)])
  await clock.advance(HEDGE_AFTER_MS - 1)
  t.same(sent, [node(1)])
  await clock.advance(1)
  t.same(sent, [node(1), node(1, 1)])
  await clock.advance(HEDGE_AFTER_MS)
  t.same(sent, [node(1), node(1, 1), node(1, 2)])
  await clock.advance(HEDGE_AFTER_MS)
  t.equal(sent.length, 3, 'a few nodes per SP, not all')
  fixture.answered({ ...fixture.answer(1), from: node(1, 2) })
  t.equal((await result).approvals[0]?.peerId, node(1, 2))
  t.equal(clock.pending, 0)
})

t.test('a node that cannot be reached costs no time: its sibling is asked at once', async t => {
  const fixture = await siblings(2, 3)
  const { clock, sent, node, unreachable } = fixture
  unreachable.add(node(1)).add(node(1, 1)).add(node(2)).add(node(2, 1)).add(node(2, 2))
  const { result } = await ask(fixture, '1')
  t.same([...sent].sort(), [node(1), node(1, 1), node(1, 2), node(2), node(2, 1), node(2, 2)])
  await clock.advance(OPTIONS.timeoutMs)
  const { report } = (await result.catch((error: unknown) => error)) as InsufficientApprovalError
  t.equal(report.asked, 2)
  t.same(report.silent, [fixture.sp(1)], 'its last node was reached')
  t.same(report.failed, [{ sp: fixture.sp(2), error: 'connection refused' }])
})

t.test('once a third has answered, a straggler’s sibling is asked after three times what they took', async t => {
  const fixture = await siblings(3, 2)
  const { clock, sent, node } = fixture
  await ask(fixture, '1')
  await clock.advance(30)
  fixture.answered(fixture.answer(1))
  await clock.advance(59)
  t.equal(sent.length, 3)
  await clock.advance(1)
  t.same(sent.slice(3), [node(2, 1), node(3, 1)])
})

t.test('two answers of siblings are no fault: the first counts, the other is dropped', async t => {
  const fixture = await siblings(2, 2)
  const { clock, node } = fixture
  const { result } = await ask(fixture, '1')
  await clock.advance(HEDGE_AFTER_MS)
  t.equal(fixture.answered({ ...fixture.answer(1), from: node(1, 1) }), 'done')
  t.equal(fixture.answered(fixture.answer(1)), 'done')
  fixture.answered(fixture.answer(2))
  const { approvals } = await result
  t.same(
    approvals.map(({ peerId }) => peerId),
    [node(1, 1), node(2)]
  )
})

t.test('a HedgeAfter above the deadline turns it off', async t => {
  const fixture = await siblings(2, 2, { hedgeAfterMs: 2_000 })
  await ask(fixture, '1')
  fixture.answered(fixture.answer(1))
  await fixture.clock.advance(999)
  t.same(fixture.sent, [fixture.node(1), fixture.node(2)])
})

t.test(
  'a node that was silent goes behind its sibling, is probed beside it, and is healthy once it answers',
  async t => {
    const fixture = await siblings(1, 2)
    const { clock, sent, node } = fixture
    const first = await ask(fixture, '1')
    await clock.advance(HEDGE_AFTER_MS)
    fixture.answered({ ...fixture.answer(1), from: node(1, 1) })
    await clock.advance(OPTIONS.timeoutMs)
    t.equal((await first.result).approvals.length, 1)

    const second = await ask(fixture, '2', { max: 1 })
    t.same(sent, [node(1, 1)], 'its sibling first, and not at once again')
    fixture.answered({ ...fixture.answer(1), from: node(1, 1) })
    await second.result

    await clock.advance(5_000)
    const third = await ask(fixture, '3')
    t.same(sent, [node(1, 1), node(1)], 'tried again beside its sibling')
    await clock.advance(5)
    fixture.answered(fixture.answer(1))
    await third.result
    await ask(fixture, '4')
    t.same(sent, [node(1)])
  }
)

t.test('an answer that comes late, yet in the time of this network, is none of a lagging node', async t => {
  const fixture = await siblings(4, 2)
  const { clock, sent, node } = fixture
  const first = await ask(fixture, '1', { max: 2 })
  const [prompt, slow] = [fixture.answer(3), fixture.answer(4)]
  await clock.advance(10)
  fixture.answered(fixture.answer(1))
  fixture.answered(fixture.answer(2))
  await first.result
  await clock.advance(15)
  fixture.answered(prompt)
  await clock.advance(15)
  fixture.answered(slow)
  await ask(fixture, '2')
  t.same([...sent].sort(), [node(1), node(2), node(3), node(4, 1)])
})

t.test('an SP all of whose nodes were silent is asked through two of them at once', async t => {
  const fixture = await siblings(2, 2)
  const { clock, sent, node } = fixture
  await ask(fixture, '1')
  fixture.answered(fixture.answer(2))
  await clock.advance(OPTIONS.timeoutMs)
  await ask(fixture, '2')
  t.same(sent, [node(2), node(1), node(1, 1)], 'after those that answered')
})

/** Nobody is connected any more but this node. */
function onlyConnected({ nodes }: AskerFixture, ...kept: readonly PeerIdString[]): void {
  for (const [peerId, node] of nodes) nodes.set(peerId, { ...node, connected: kept.includes(peerId) })
}

const turns = async ({ clock }: AskerFixture, count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await clock.advance(0)
}

t.test('who is not connected is dialled after the others, a few at a time', async t => {
  const fixture = await siblings(8, 5)
  const { sent, node, state } = fixture
  onlyConnected(fixture, node(1))
  let dialling = 0
  let most = 0
  state.onSend = async peerId => {
    if (peerId === node(1)) return
    most = Math.max(most, ++dialling)
    await new Promise(resolve => setImmediate(resolve))
    dialling--
    throw new Error('connection refused')
  }
  const asked = await ask(fixture, '1')
  t.equal(sent[0], node(1))
  await turns(fixture, 20)
  t.equal(sent.length, 1 + 7 * 3)
  t.ok(most > 1 && most <= 16, `${most} at a time`)
  fixture.answered(fixture.answer(1))
  t.equal((await asked.result).report.failed.length, 7, 'nobody could still answer')
})

t.test('while those who are connected can fill the ask, nobody is dialled for it', async t => {
  const fixture = await siblings(4, 1)
  const { clock, sent, node } = fixture
  onlyConnected(fixture, node(2), node(3))
  const first = await ask(fixture, '1', { max: 2 })
  t.same(sent, [node(2), node(3)])
  await clock.advance(5)
  fixture.answered(fixture.answer(2))
  await clock.advance(20)
  t.same(sent, [node(2), node(3), node(1), node(4)], 'unless one of them is silent')
  fixture.answered(fixture.answer(4))
  await first.result
})

t.test('a node that was silent and comes back over a new connection is asked as if nothing had been', async t => {
  const fixture = await siblings(1, 2)
  const { clock, sent, node } = fixture
  await ask(fixture, '1')
  await clock.advance(OPTIONS.timeoutMs)
  onlyConnected(fixture, node(1, 1))
  await ask(fixture, '2')
  await clock.advance(OPTIONS.timeoutMs)
  onlyConnected(fixture, node(1), node(1, 1))
  await ask(fixture, '3')
  t.equal(sent[0], node(1))
})

t.test('only the first answer of a node that was asked proves the node', async t => {
  const fixture = await siblings(4, 2)
  const { clock, node, proved } = fixture
  const first = await ask(fixture, '1')
  const late = fixture.answer(4)
  fixture.answered({ ...fixture.answer(2), from: node(2, 1) })
  t.same(proved, [], 'it was not asked')
  fixture.answered(fixture.answer(1))
  fixture.answered({ ...fixture.answer(1), from: node(1, 1) })
  fixture.answered(fixture.answer(1))
  t.same(proved, [node(1)])
  fixture.answered({ ...fixture.answer(3), from: node(1, 1) })
  t.same(proved, [node(1)], 'another SP’s name')
  clock.stall(OPTIONS.timeoutMs)
  fixture.answered(late)
  await first.result
  fixture.answered(late)
  t.same(proved, [node(1)], 'too late')
})

t.test('every ask tells how the SPs fared, those it did not reach left out', async t => {
  const fixture = await siblings(4, 1)
  const { clock, node, sp, outcomes, state } = fixture
  onlyConnected(fixture, node(1), node(2), node(3))
  const asked = await ask(fixture, '1', { max: 2 })
  const over = fixture.answer(3, {}, 1n)
  fixture.answered(over)
  fixture.answered(fixture.answer(1))
  fixture.answered(fixture.answer(2))
  await asked.result
  t.equal(outcomes.length, 1)
  t.same([...(outcomes[0]?.asked ?? [])], [sp(1), sp(2), sp(3)])
  t.same(
    [...(outcomes[0]?.answered ?? [])].sort(),
    [sp(1), sp(2), sp(3)].sort(),
    'one with a height that does not count'
  )
  t.same([...(outcomes[0]?.accepted ?? [])].sort(), [sp(1), sp(2)].sort())
  state.height = undefined
  await t.rejects(fixture.asker.ask(fixture.task('2'), OPTIONS))
  t.equal(outcomes.length, 1, 'nobody was asked')
  t.equal(clock.pending, 0)
})

t.test('nodes that rest are tried while fewer SPs than needed are asked otherwise', async t => {
  for (const [min, isTried] of [
    [2, false],
    [3, true]
  ] as const) {
    const fixture = await siblings(3, 1)
    const { node, nodes, sent, urged } = fixture
    const [down, resting] = [node(3), nodes.get(node(3))]
    if (resting === undefined) return t.fail('there is a third')
    nodes.set(down, { ...resting, connected: false, failures: 5 })
    await ask(fixture, '1', { min })
    t.same(sent, [node(1), node(2), down])
    t.same([...urged], isTried ? [down] : [], `${min} of two that are connected`)
  }
})
