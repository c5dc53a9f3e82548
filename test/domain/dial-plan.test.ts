import fc from 'fast-check'
import t from 'tap'
import type { PeerIdString, SpAddress } from '../../src/domain/brands.js'
import { type DialFacts, type DialPlanInit, dialPlan, distance, isOurTurn } from '../../src/domain/dial-plan.js'

/** Whose turn it is with each of them: ours. */
const SELF = { sp: '0x' as SpAddress, peerId: '' as PeerIdString }
const sp = (n: number): SpAddress => `0x${2 * n}` as SpAddress
const node = (peerId: string, of: number | undefined, more: Partial<DialFacts> = {}): DialFacts => ({
  peerId: peerId as PeerIdString,
  sp: of === undefined ? undefined : sp(of),
  standing: 'verified',
  proven: false,
  tied: true,
  connected: false,
  failures: 0,
  dialable: true,
  promising: false,
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
  const { cover, spare } = dialPlan(nodes, given)
  return [...cover, ...spare]
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
  const nodes = [node('dialling', 0, { dialable: false, promising: true }), node('a', 0), node('b', 0), node('c', 0)]
  t.equal(plan(nodes, init(1)), 'a b')
  t.equal(plan([node('silent', 0, { dialable: false }), ...nodes.slice(1)], init(1)), 'a b c')
})

t.test('an SP whose nodes were tried in vain lets the others go first, however well its nodes were', async t => {
  const dying = [
    node('silent', 0, { dialable: false }),
    node('failed', 0, { dueAt: 101 }),
    node('well', 0, { lastSuccess: 99 })
  ]
  t.equal(plan([...dying, node('new', 1)], init(2)), 'new well')
  t.equal(plan([node('well', 0, { lastSuccess: 99 }), node('new', 1)], init(2)), 'well new')
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

t.test('who is said to be of an SP out of reach covers it, one at a time, before other hints', async t => {
  const open = { sought: [0, 1].map(n => ({ sp: sp(n), closed: false })) }
  const said = (peerId: string, of: number, more: Partial<DialFacts> = {}): DialFacts =>
    node(peerId, undefined, { standing: 'hint', tied: false, hintedSp: sp(of), ...more })
  const hint = node('hint', undefined, { standing: 'hint', tied: false })
  const nodes = [hint, said('a', 0), said('b', 0), node('known', 1)]
  t.same(dialPlan(nodes, init(2, open)), { cover: ['known', 'a', 'hint'], spare: ['b'] })
  const dialling = said('c', 0, { dialable: false, promising: true })
  t.same(dialPlan([dialling, ...nodes], init(2, open)).cover, ['known', 'hint'], 'another is on its way')
  const failed = said('a', 0, { dueAt: 200 })
  t.same(dialPlan([failed, said('b', 0)], init(2, open)).cover, ['b'])
  const full = ['x', 'y', 'z'].map(name => node(name, 0, { connected: true, tied: false }))
  t.same(
    dialPlan([...full, said('a', 0)], init(2, open)).spare,
    ['a'],
    'while an SP is out, a false word about its node keeps nobody from it'
  )
  const both = ['u', 'v', 'w'].map(name => node(name, 1, { connected: true, tied: false }))
  t.same(dialPlan([...full, ...both, said('a', 0)], init(2, open)), { cover: [], spare: [] })
  t.same(dialPlan([said('a', 7)], init(2, open)).cover, ['a'], 'of an SP that nobody seeks it is said in vain')
  t.same(dialPlan([said('a', 0)], init(2)), { cover: [], spare: [] }, 'an SP that names its nodes is not told others')
})

t.test('configured nodes are tried while an SP is out of reach, and always while nobody is connected', async t => {
  const bootstrap = node('boot', undefined, { standing: 'hint', configured: true })
  t.equal(plan([node('a', 0), node('b', 0), bootstrap], init(1)), 'a boot b')
  t.equal(plan([bootstrap], init(0)), 'boot', 'before there is a list')
  t.equal(plan([node('a', 0, { connected: true }), node('b', 0), bootstrap], init(1)), 'b')
  t.equal(plan([node('a', 0, { connected: true }), bootstrap], init(2)), 'boot')
})

t.test(
  'for any book: nobody twice, none over the target, and an SP out of reach with a due node gets one first',
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
        const count = (of: SpAddress, list: readonly DialFacts[]): number => list.filter(one => one.sp === of).length
        const connected = nodes.filter(one => one.connected)
        const isDue = (one: DialFacts): boolean => !one.connected && one.dialable && one.dueAt <= given.now
        const firsts = given.sought.filter(
          one => count(one.sp, connected) === 0 && nodes.some(n => n.sp === one.sp && isDue(n))
        )
        return (
          new Set(planned).size === planned.length &&
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

t.test('an SP whose nodes only dialled us gets one that we dial, before any SP gets a spare', t => {
  const nodes = [
    node('a1', 0, { connected: true, standing: 'hint' }),
    node('a2', 0, { standing: 'hint' }),
    node('b1', 1, { connected: true }),
    node('b2', 1),
    node('c1', 2)
  ]
  const { cover, spare } = dialPlan(nodes, init(3))
  t.same(cover, ['c1', 'a2'])
  t.same(spare, ['b2'])
  t.end()
})

t.test(
  'of two SPs that miss each other, one has the first turn, and each has it with about half of the others',
  async t => {
    const address = fc
      .integer({ min: 0, max: 2 ** 32 - 1 })
      .map(n => `0x${n.toString(16).padStart(40, '0')}` as SpAddress)
    const pair = fc.tuple(address, address).filter(([a, b]) => a !== b)
    fc.assert(fc.property(pair, ([a, b]) => isOurTurn(a, b) !== isOurTurn(b, a)))
    const [self = '', ...others] = fc.sample(address, 2_001) as [SpAddress, ...SpAddress[]]
    const first = others.filter(other => isOurTurn(self as SpAddress, other)).length
    t.ok(first > 800 && first < 1_200, `${first} of 2000`)
    t.equal(
      plan([node('theirs', 0.5), node('ours', 1)], {
        ...init(1),
        sought: [0.5, 1].map(n => ({ sp: sp(n), closed: true }))
      }),
      'ours theirs'
    )
  }
)

t.test('siblings dial different nodes of an SP: each the nearest, which is as far from either side', async t => {
  const [a, b, c] = ['16Uiu2HAmAAAAA', '16Uiu2HAmBBBBB', '16Uiu2HAmCCCCC'] as [PeerIdString, PeerIdString, PeerIdString]
  t.equal(distance(a, b), distance(b, a))
  t.equal(distance(a, a), 0)
  const others = [node(a, 0), node(b, 0), node(c, 0)]
  for (const peerId of [a, b, c]) {
    const { cover } = dialPlan(others, { ...init(1), self: { sp: SELF.sp, peerId } })
    t.equal(cover[0], peerId)
  }
})
