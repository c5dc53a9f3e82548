import fc from 'fast-check'
import t from 'tap'
import type { Approval } from '../../src/domain/answer.js'
import type { Height, PeerIdString, SpAddress } from '../../src/domain/brands.js'
import { type Contact, Quorum } from '../../src/domain/quorum.js'

const sp = (n: number): SpAddress => `sp-${n}` as SpAddress
const node = (n: number): PeerIdString => `node-${n}` as PeerIdString
const contacts = (n: number): Contact[] => Array.from({ length: n }, (_, i) => ({ peerId: node(i), sp: sp(i) }))
/** A quorum whose contacts have all been sent the ask. */
function asked(min: number, max: number, contacts: readonly Contact[]): Quorum {
  const quorum = new Quorum(min, max, contacts)
  for (const { peerId } of contacts) quorum.sent(peerId)
  return quorum
}
const approval = (n: number, from = n): Approval => ({
  sp: sp(n),
  peerId: node(from),
  expiredHeight: 1_000n as Height,
  signature: new Uint8Array(65),
  protocol: '0.0.1',
  elapsedMs: 1
})

t.test('returns at once at max distinct SPs', async t => {
  const quorum = new Quorum(1, 2, contacts(5))
  t.equal(quorum.approve(approval(0)), 'first')
  t.equal(quorum.verdict, undefined, 'min alone does not end the collecting')
  t.equal(quorum.approve(approval(1)), 'first')
  t.equal(quorum.verdict, 'approved')
  t.equal(quorum.approve(approval(2)), 'late')
  t.equal(quorum.collected().approvals.length, 2)
})

t.test('seven nodes of one SP count once', async t => {
  const quorum = new Quorum(
    2,
    2,
    Array.from({ length: 7 }, (_, i) => ({ peerId: node(i), sp: sp(0) }))
  )
  for (let from = 0; from < 7; from++) quorum.approve(approval(0, from))
  t.equal(quorum.verdict, 'insufficient')
  t.equal(quorum.collected().approvals.length, 1)
})

t.test('ends early when nobody can still answer', async t => {
  const enough = new Quorum(1, 3, contacts(3))
  enough.approve(approval(0))
  enough.fail(node(1), 'refused')
  t.equal(enough.verdict, undefined)
  enough.fail(node(2), 'refused')
  t.equal(enough.verdict, 'approved')

  const tooFew = new Quorum(2, 3, contacts(2))
  tooFew.approve(approval(0))
  tooFew.fail(node(1), 'connection refused')
  t.equal(tooFew.verdict, 'insufficient')
  t.same(tooFew.collected().failed, [{ sp: sp(1), error: 'connection refused' }])
})

t.test('nobody to ask is insufficient at once', async t => {
  t.equal(new Quorum(1, 1, []).verdict, 'insufficient')
})

t.test('who was reached and said nothing is silent, not failed', async t => {
  const quorum = asked(2, 3, [...contacts(2), { peerId: node(7), sp: sp(1) }])
  quorum.fail(node(1), 'refused')
  quorum.deadline()
  t.same(quorum.collected().silent, [sp(0), sp(1)], 'one node of SP 1 was reached')
  t.same(quorum.collected().failed, [])
})

t.test('an approval of a sibling outweighs a refusal', async t => {
  const quorum = asked(1, 2, [...contacts(1), { peerId: node(5), sp: sp(0) }])
  quorum.refuse(sp(0), node(0), { code: 'POLICY', reason: 'no' })
  t.equal(quorum.collected().refusals.length, 1)
  quorum.approve(approval(0, 5))
  t.same(quorum.collected().refusals, [])
  t.equal(quorum.verdict, 'approved')
})

t.test('a delisted SP no longer counts, and collecting goes on while someone can answer', async t => {
  const quorum = new Quorum(1, 1, contacts(2))
  quorum.approve(approval(0))
  t.equal(quorum.verdict, 'approved')
  quorum.revoke(sp(0), 'not-listed')
  t.equal(quorum.verdict, undefined)
  quorum.approve(approval(1))
  t.equal(quorum.verdict, 'approved')
  t.same(quorum.collected().rejected, [{ sp: sp(0), why: 'not-listed' }])
})

t.test('an SP can still answer while one of its nodes has not been asked yet', async t => {
  const quorum = new Quorum(1, 2, [
    { peerId: node(0), sp: sp(0) },
    { peerId: node(1), sp: sp(0) }
  ])
  quorum.sent(node(0))
  quorum.fail(node(0), 'refused')
  t.equal(quorum.verdict, undefined)
  t.same(quorum.waiting(), [], 'only who was sent the ask is waited for')
  quorum.sent(node(1))
  t.same(quorum.waiting(), [node(1)])
  quorum.fail(node(1), 'refused too')
  t.equal(quorum.verdict, 'insufficient')
  t.same(quorum.collected().failed, [{ sp: sp(0), error: 'refused' }])
})

t.test('a node whose sibling answered for it is no longer waited for, and still owes its answer', async t => {
  const quorum = asked(1, 3, [...contacts(2), { peerId: node(5), sp: sp(0) }])
  t.equal(quorum.approve(approval(0, 5)), 'first')
  t.same(quorum.waiting(), [node(0), node(1)])
  quorum.fail(node(1), 'refused')
  t.equal(quorum.verdict, 'approved', 'the ask does not wait for the sibling of one that answered')
  t.same(quorum.collected().silent, [])

  const both = asked(1, 3, [...contacts(2), { peerId: node(5), sp: sp(0) }])
  both.approve(approval(0, 5))
  both.repeated(sp(0), node(0))
  both.repeated(sp(0), node(1))
  t.same(both.waiting(), [node(1)], 'a node answers for its own SP only')
  t.equal(both.approve(approval(0)), 'duplicate')
  t.equal(both.collected().approvals.length, 1)
})

t.test('siblings that were not asked before their SP said no are not waited for', async t => {
  const quorum = new Quorum(1, 2, [...contacts(1), { peerId: node(5), sp: sp(0) }])
  quorum.sent(node(0))
  quorum.refuse(sp(0), node(0), { code: 'POLICY', reason: 'no' })
  t.equal(quorum.verdict, 'insufficient')
  t.notOk(quorum.wasSentTo(node(5)))
})

t.test('tells of each SP whether it was asked, has answered and was counted', async t => {
  const quorum = new Quorum(1, 9, [...contacts(6), { peerId: node(8), sp: undefined }])
  for (const n of [0, 1, 2, 3, 8]) quorum.sent(node(n))
  quorum.approve(approval(0))
  quorum.approve(approval(1))
  quorum.revoke(sp(1), 'not-listed')
  quorum.reject(sp(2), 'height', node(2))
  quorum.reject(sp(3), 'signature', node(2))
  quorum.approve(approval(7, 8))
  const { asked: went, answered, accepted } = quorum.outcome()
  t.same([...went].sort(), [0, 1, 2, 3, 7].map(sp), 'not those that nothing was sent to')
  t.same([...answered].sort(), [0, 1, 2, 7].map(sp), 'a name that another node wrote is no answer')
  t.same([...accepted].sort(), [0, 7].map(sp))
})

type Step =
  | { readonly do: 'approve' | 'reject' | 'refuse' | 'revoke'; readonly sp: number; readonly from: number }
  | { readonly do: 'fail' | 'sent' | 'repeated'; readonly from: number }
  | { readonly do: 'deadline' | 'cancel' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('approve' as const), sp: fc.nat(9), from: fc.nat(9) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('reject' as const, 'refuse' as const), sp: fc.nat(9), from: fc.nat(9) })
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('revoke' as const), sp: fc.nat(9), from: fc.nat(9) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('fail' as const), from: fc.nat(19) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('sent' as const, 'repeated' as const), from: fc.nat(19) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('deadline' as const, 'cancel' as const) }) }
)

t.test('keeps its promises in any order of events', async t => {
  const seed = Date.now() & 0x7fffffff
  t.comment(`seed ${seed}`)
  let schedules = 0
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.nat(4),
      fc.nat(10),
      fc.array(step, { maxLength: 40 }),
      (min, more, known, steps) => {
        schedules++
        const siblings = contacts(10).map(({ sp }, i) => ({ peerId: node(10 + i), sp }))
        const quorum = new Quorum(min, min + more, [...contacts(known), ...siblings.slice(0, known)])
        for (const event of steps) {
          const before = quorum.verdict
          apply(quorum, event)
          if (before !== undefined && event.do !== 'revoke' && quorum.verdict !== before) return false
        }
        quorum.deadline()
        const { approvals, silent, failed, refusals } = quorum.collected()
        const distinct = new Set(approvals.map(entry => entry.sp))
        if (distinct.size !== approvals.length || approvals.length > min + more) return false
        if (quorum.verdict === 'approved' && approvals.length < min) return false
        if (quorum.verdict === 'insufficient' && approvals.length >= min + more) return false
        const named = [...silent, ...failed.map(entry => entry.sp), ...refusals.map(entry => entry.sp)]
        return named.every(name => !distinct.has(name)) && new Set(silent).size === silent.length
      }
    ),
    { seed, numRuns: 10_000 }
  )
  t.equal(schedules, 10_000)
})

function apply(quorum: Quorum, event: Step): void {
  switch (event.do) {
    case 'approve':
      quorum.approve(approval(event.sp, event.from))
      break
    case 'reject':
      quorum.reject(sp(event.sp), 'signature')
      break
    case 'refuse':
      quorum.refuse(sp(event.sp), node(event.from), { code: 'POLICY', reason: 'no' })
      break
    case 'revoke':
      quorum.revoke(sp(event.sp), 'not-listed')
      break
    case 'fail':
      quorum.fail(node(event.from), 'refused')
      break
    case 'sent':
      quorum.sent(node(event.from))
      break
    case 'repeated':
      quorum.repeated(sp(event.from % 10), node(event.from))
      break
    case 'deadline':
      quorum.deadline()
      break
    case 'cancel':
      quorum.cancel()
  }
}
