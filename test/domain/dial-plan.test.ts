import fc from 'fast-check'
import t from 'tap'
import type { PeerIdString, SpAddress } from '../../src/domain/brands.js'
import { type DialFacts, type DialPlanInit, dialPlan, distance } from '../../src/domain/dial-plan.js'
import { canWait } from '../../src/domain/dial-reason.js'

const SELF = { sp: '0x' as SpAddress, peerId: '' as PeerIdString }
const sp = (n: number): SpAddress => `0x${n}` as SpAddress
const node = (peerId: string, of: number | undefined, more: Partial<DialFacts> = {}): DialFacts => ({
  peerId: peerId as PeerIdString,
  sp: of === undefined ? undefined : sp(of),
  standing: 'verified',
  proven: false,
  tied: true,
  connected: false,
  failures: 0,
  dialable: true,
  dialling: undefined,
  dueAt: 0,
  lastSuccess: undefined,
  configured: false,
  hintedSp: undefined,
  ...more
})
const init = (sps: number, more: Partial<DialPlanInit> = {}): DialPlanInit => ({
  self: SELF,
  sought: Array.from({ length: sps }, (_, n) => ({ sp: sp(n), closed: true })),
  targetPerSp: 3,
  zombieAfter: 3,
  room: 1_000,
  now: 100,
  ...more
})
const whole = (nodes: readonly DialFacts[], given: DialPlanInit): readonly PeerIdString[] => {
  return dialPlan(nodes, given).dials.map(({ peerId }) => peerId)
}
const reasons = (nodes: readonly DialFacts[], given: DialPlanInit): Record<string, string> => {
  const { dials, leftOut } = dialPlan(nodes, given)
  return Object.fromEntries([...dials, ...leftOut].map(({ peerId, reason }) => [peerId, reason]))
}
const plan = (nodes: readonly DialFacts[], given: DialPlanInit): string => whole(nodes, given).join(' ')

t.test('every SP gets its first node before any gets its second, up to the target', async t => {
  const nodes = ['a', 'b', 'c', 'd'].flatMap(name => [node(`${name}0`, 0), node(`${name}1`, 1)])
  t.equal(plan(nodes, init(2)), 'a0 a1 b0 b1 c0 c1')
  t.equal(plan([node('on', 0, { connected: true }), ...nodes], init(2)), 'a1 a0 b1 b0 c1')
})

t.test('healthy nodes come before failing ones, zombies last, then who answered last', async t => {
  const nodes = [
    node('zombie', 0, { failures: 3 }),
    node('failing', 0, { failures: 2 }),
    node('old', 0, { lastSuccess: 1 }),
    node('new', 0, { lastSuccess: 2 })
  ]
  t.equal(plan(nodes, init(1, { targetPerSp: 4 })), 'new old failing zombie')
  t.equal(plan([...nodes, node('waits', 0, { dueAt: 101 })], init(1)), 'new old failing', 'not before it is due')
})

t.test('a dial that has not been silent for long counts as connected', async t => {
  const nodes = [node('dialling', 0, { dialling: 'prompt' }), node('a', 0), node('b', 0), node('c', 0)]
  t.equal(plan(nodes, init(1)), 'a b')
  t.equal(plan([node('silent', 0, { dialling: 'slow' }), ...nodes.slice(1)], init(1)), 'a b c')
})

t.test('an SP whose nodes were tried in vain lets the others go first, however well its nodes were', async t => {
  const dying = [
    node('silent', 0, { dialling: 'slow' }),
    node('failed', 0, { dueAt: 101 }),
    node('well', 0, { lastSuccess: 99 })
  ]
  t.equal(plan([...dying, node('new', 1)], init(2)), 'new well')
  t.equal(plan([node('well', 0, { lastSuccess: 99 }), node('new', 1)], init(2)), 'well new')
})

t.test('the more nodes of a missing SP were tried in vain, the more are tried at once, up to the target', async t => {
  const untried = ['a', 'b', 'c', 'd'].map(name => node(name, 0))
  const covering = (tried: number): number => {
    const failed = Array.from({ length: tried }, (_, n) => node(`failed${n}`, 0, { dueAt: 101 }))
    return dialPlan([...failed, ...untried], init(1)).dials.filter(({ reason }) => reason === 'uncovered-sp').length
  }
  t.same([0, 1, 2, 3, 4, 20].map(covering), [1, 1, 2, 2, 3, 3])
})

t.test('an SP that is not sought is not dialled, and no more than there is room for', async t => {
  t.equal(plan([node('a', 0), node('b', 1), node('c', 7)], init(2, { room: 1 })), 'a')
  t.equal(plan([node('a', 0)], init(1, { room: -5 })), '')
})

t.test('hints are tried while an SP whose nodes nobody names is below its target', async t => {
  const hint = node('hint', undefined, { standing: 'hint' })
  const open = { sought: [{ sp: sp(0), closed: false }] }
  t.equal(plan([node('a', 0), hint], init(1, open)), 'a hint')
  const full = ['a', 'b', 'c'].map(name => node(name, 0, { connected: true }))
  t.equal(plan([...full, hint], init(1, open)), '')
  t.equal(plan([node('a', 0), hint], init(1)), 'a', 'it cannot be a node of an SP that names its own')
})

t.test('a node said to be of a missing SP is dialled before other hints, one at a time', async t => {
  const open = { sought: [0, 1].map(n => ({ sp: sp(n), closed: false })) }
  const said = (peerId: string, of: number, more: Partial<DialFacts> = {}): DialFacts =>
    node(peerId, undefined, { standing: 'hint', tied: false, hintedSp: sp(of), ...more })
  const hint = node('hint', undefined, { standing: 'hint', tied: false })
  const nodes = [hint, said('a', 0), said('b', 0), node('known', 1)]
  t.equal(plan(nodes, init(2, open)), 'known a hint b')
  t.same(reasons(nodes, init(2, open)), {
    known: 'uncovered-sp',
    a: 'hint-for-missing-sp',
    hint: 'hint',
    b: 'further-hint'
  })
  const dialling = said('c', 0, { dialling: 'prompt' })
  t.equal(plan([dialling, ...nodes], init(2, open)), 'known hint a b', 'another is on its way')
  const failed = said('a', 0, { dueAt: 200 })
  t.match(reasons([failed, said('b', 0)], init(2, open)), { a: 'backing-off', b: 'hint-for-missing-sp' })
  const full = ['x', 'y', 'z'].map(name => node(name, 0, { connected: true, tied: false }))
  t.match(
    reasons([...full, said('a', 0)], init(2, open)),
    { a: 'further-hint' },
    'while an SP is missing, a false word about its node keeps nobody from it'
  )
  const both = ['u', 'v', 'w'].map(name => node(name, 1, { connected: true, tied: false }))
  t.match(reasons([...full, ...both, said('a', 0)], init(2, open)), { a: 'target-reached' })
  t.match(reasons([said('a', 7)], init(2, open)), { a: 'hint' }, 'of an SP that nobody seeks it is said in vain')
  t.match(reasons([said('a', 0)], init(2)), { a: 'target-reached' }, 'an SP that names its nodes is not told others')
})

t.test('configured nodes are tried while an SP is out of reach, and always while nobody is connected', async t => {
  const bootstrap = node('boot', undefined, { standing: 'hint', configured: true })
  t.equal(plan([node('a', 0), node('b', 0), bootstrap], init(1)), 'a boot b')
  t.equal(plan([bootstrap], init(0)), 'boot', 'before there is a list')
  t.equal(plan([node('a', 0, { connected: true }), node('b', 0), bootstrap], init(1)), 'b')
  t.equal(plan([node('a', 0, { connected: true }), bootstrap], init(2)), 'boot')
})

t.test(
  'for any book: each node is planned or left out once, none over the target, and an SP out of reach with a due node gets one first',
  async t => {
    const facts = fc.array(
      fc.record({
        of: fc.integer({ min: 0, max: 5 }),
        connected: fc.boolean(),
        dialable: fc.boolean(),
        failures: fc.integer({ min: 0, max: 4 }),
        dueAt: fc.constantFrom(0, 50, 200)
      }),
      { maxLength: 60 }
    )
    fc.assert(
      fc.property(facts, fc.integer({ min: 1, max: 4 }), (rows, targetPerSp) => {
        const nodes = rows.map(({ of, ...more }, index) => node(String(index), of, more))
        const given = init(5, { targetPerSp })
        const planned = whole(nodes, given).map(peerId => nodes[Number(peerId)] as DialFacts)
        const { dials, leftOut } = dialPlan(nodes, given)
        const waits = dials.map(({ reason }) => canWait(reason))
        const count = (of: SpAddress, list: readonly DialFacts[]): number => list.filter(one => one.sp === of).length
        const connected = nodes.filter(one => one.connected)
        const isDue = (one: DialFacts): boolean => !one.connected && one.dialable && one.dueAt <= given.now
        const firsts = given.sought.filter(
          one => count(one.sp, connected) === 0 && nodes.some(n => n.sp === one.sp && isDue(n))
        )
        return (
          new Set([...dials, ...leftOut].map(one => one.peerId)).size === nodes.length &&
          dials.length + leftOut.length === nodes.length &&
          waits.lastIndexOf(false) < (waits.includes(true) ? waits.indexOf(true) : nodes.length) &&
          planned.every(isDue) &&
          given.sought.every(one => count(one.sp, planned) <= Math.max(0, targetPerSp - count(one.sp, connected))) &&
          new Set(planned.slice(0, firsts.length).map(one => one.sp)).size === firsts.length
        )
      }),
      { verbose: true }
    )
    t.pass('100 books')
  }
)

t.test('a book of 1,000 SPs × 32 nodes is planned in a few milliseconds of work', async t => {
  const nodes = Array.from({ length: 32_000 }, (_, index) => node(String(index), index % 1_000))
  const given = init(1_000, { room: 10_000 })
  for (let warm = 0; warm < 5; warm++) dialPlan(nodes, given)
  const before = process.cpuUsage()
  t.equal(whole(nodes, given).length, 3_000)
  const { user, system } = process.cpuUsage(before)
  t.comment(`${(user + system) / 1_000} ms`)
  t.ok((user + system) / 1_000 < 250, 'CPU time, ten times what it takes')
})

t.test('an SP whose nodes only dialled us gets a verified one, before any SP gets a spare', async t => {
  const nodes = [
    node('a1', 0, { connected: true, standing: 'hint' }),
    node('a2', 0, { standing: 'hint' }),
    node('b1', 1, { connected: true }),
    node('b2', 1),
    node('b3', 1, { connected: true, standing: 'hint' }),
    node('c1', 2)
  ]
  t.equal(plan(nodes, init(3)), 'c1 a1 a2 b2 b3')
  t.same(reasons(nodes, init(3)), {
    c1: 'uncovered-sp',
    a1: 'unverified-sp',
    a2: 'unverified-sp',
    b1: 'connected',
    b2: 'sibling',
    b3: 'unverified-node'
  })
  const early = nodes.map(one => ({ ...one, dueAt: one.connected ? 101 : 0 }))
  t.equal(plan(early, init(3)), 'c1 a2 b2', 'a node that dialled us is not dialled before its check is due')
})

t.test('the plan says why a node is left out', async t => {
  const nodes = [
    node('on', 0, { connected: true }),
    node('dialling', 0, { dialling: 'slow' }),
    node('waits', 1, { dueAt: 101 }),
    node('nowhere', 1, { dialable: false }),
    node('strange', 7),
    node('a', 1),
    node('b', 1),
    node('c', 1),
    node('d', 1)
  ]
  t.same(reasons(nodes, init(2, { room: 2 })), {
    on: 'connected',
    dialling: 'under-way',
    waits: 'backing-off',
    nowhere: 'not-dialable',
    strange: 'not-sought',
    a: 'uncovered-sp',
    b: 'sibling',
    c: 'no-room',
    d: 'target-reached'
  })
})

t.test('siblings dial different nodes of an SP: each the nearest, which is as far from either side', async t => {
  const [a, b, c] = ['16Uiu2HAmAAAAA', '16Uiu2HAmBBBBB', '16Uiu2HAmCCCCC'] as [PeerIdString, PeerIdString, PeerIdString]
  t.equal(distance(a, b), distance(b, a))
  t.equal(distance(a, a), 0)
  const others = [node(a, 0), node(b, 0), node(c, 0)]
  for (const peerId of [a, b, c]) {
    t.equal(whole(others, { ...init(1), self: { sp: SELF.sp, peerId } })[0], peerId)
  }
})
