import t from 'tap'
import type { PeerIdString } from '../../../src/domain/brands.js'
import { InsufficientApprovalError, type SpApprovalEvents } from '../../../src/index.js'
import type { Wire } from '../../../src/protocols/wire.js'
import { type AskerFixture, askerFixture } from './asker-fixture.js'

const OPTIONS = { min: 1, max: 9, timeoutMs: 1_000 }

/** A newer wire that some nodes speak: every ask sent to them is refused at once, in their SP's name. */
function refusingWire(speakers: readonly PeerIdString[], { nodes }: Pick<AskerFixture, 'nodes'>) {
  const opened: string[] = []
  const wire: Wire = {
    version: '1.0.0',
    start: async () => undefined,
    stop: async () => undefined,
    speaks: peerId => speakers.includes(peerId),
    async open(ask, listener) {
      opened.push(ask.key)
      return {
        task: { ...ask.task, askSignature: Uint8Array.of(1) },
        send: async peerId => {
          const sp = nodes.get(peerId)?.sp
          if (sp === undefined) throw new Error('expected a node of an SP')
          const refusal = { kind: 'refusal', wire: '1.0.0', sp, peerId, code: 'POLICY', reason: 'not today' } as const
          queueMicrotask(() => listener.onReply(refusal))
        }
      }
    },
    ping: () => Promise.reject(new Error('expected no ping'))
  }
  return { wire, opened }
}

async function fixtureWith(speakers: readonly PeerIdString[], sps = 2, nodes = 1) {
  const events: SpApprovalEvents['approval:refused']['detail'][] = []
  const newer = { wire: undefined as Wire | undefined, opened: [] as readonly string[] }
  const fixture = await askerFixture(
    sps,
    {
      newerWires: of => {
        const made = refusingWire(speakers, of)
        Object.assign(newer, made)
        return [made.wire]
      },
      emit: (type, detail) => {
        if (type === 'approval:refused') events.push(detail as (typeof events)[number])
      }
    },
    () => nodes
  )
  return { ...fixture, fixture, events, newer }
}

t.test(
  'an ask goes to each node on the newest wire that it speaks, and replies of all wires count together',
  async t => {
    const { asker, task, clock, sent, answered, fixture, events, newer, sp, node } = await fixtureWith([
      'node-1' as PeerIdString
    ])
    const asked = asker.ask(task(), OPTIONS)
    await clock.advance(0)
    t.same(sent, [node(2)], 'the other one on 0.0.1')
    answered(fixture.answer(2))
    const { report, tasks } = await asked
    t.equal(newer.opened.length, 1)
    t.same(report.refusals, [{ sp: sp(1), code: 'POLICY', reason: 'not today' }])
    t.same(
      report.approvals.map(approval => [approval.sp, approval.protocol]),
      [[sp(2), '0.0.1']]
    )
    t.equal(tasks[0]?.askSignature.length, 65, 'the task as it was signed on the wire of the approval')
    t.match(events, [{ sp: sp(1), code: 'POLICY' }])
    t.equal(clock.pending, 0)
  }
)

t.test('where all refuse, the ask is over at once and says who refused', async t => {
  const { asker, task, sp, newer } = await fixtureWith(['node-1', 'node-2'] as PeerIdString[])
  const error: unknown = await asker.ask(task(), OPTIONS).catch((cause: unknown) => cause)
  t.ok(error instanceof InsufficientApprovalError)
  const { report } = error as InsufficientApprovalError
  t.same(report.refusals.map(refusal => refusal.sp).sort(), [sp(1), sp(2)].sort())
  t.same(report.silent, [])
  t.equal(newer.opened.length, 1, 'one conversation for both')
})

t.test('a wire that only a sibling speaks is opened when that sibling is asked', async t => {
  const { asker, task, clock, sent, newer, node } = await fixtureWith(['node-1-1' as PeerIdString], 1, 2)
  const asked = asker.ask(task(), OPTIONS)
  asked.catch(() => undefined)
  await clock.advance(0)
  t.same([sent, newer.opened], [[node(1)], []])
  await clock.advance(250)
  t.equal(newer.opened.length, 1)
  await clock.advance(OPTIONS.timeoutMs)
  const { report } = (await asked.catch((cause: unknown) => cause)) as InsufficientApprovalError
  t.equal(report.refusals.length, 1)
})
