import fc from 'fast-check'
import t from 'tap'
import type { PeerIdString, SpAddress } from '../../src/domain/brands.js'
import { type Candidate, MAX_NODES_PER_SP_AND_ASK, type SelectionFacts, selectAll } from '../../src/domain/selection.js'

const sp = (n: number): SpAddress => `sp-${n}` as SpAddress
const id = (name: string): PeerIdString => name as PeerIdString
const node = (name: string, change: Partial<Candidate> = {}): Candidate => ({
  peerId: id(name),
  sp: sp(1),
  rttMs: undefined,
  connected: true,
  standing: 'verified',
  proven: false,
  failures: 0,
  ...change
})
const facts = (change: Partial<SelectionFacts> = {}): SelectionFacts => ({
  self: { sp: sp(0), peerId: id('self') },
  isStraggler: () => false,
  probes: new Set(),
  zombieAfter: 3,
  turn: 0,
  ...change
})
const order = (candidates: readonly Candidate[], change: Partial<SelectionFacts> = {}): string[] =>
  selectAll(candidates, facts(change)).flatMap(({ nodes }) => nodes.map(({ peerId }) => peerId))

t.test('of an SP’s nodes the verified come first, then the proven, and the claimed are asked last', async t => {
  const claimed = node('claimed', { standing: 'claimed', rttMs: 1 })
  const proven = node('proven', { standing: 'claimed', proven: true, rttMs: 2 })
  t.same(order([claimed, proven, node('verified', { rttMs: 9 })]), ['verified', 'proven', 'claimed'])
})

t.test('a node that is connected, answers and did not fail is asked before its siblings', async t => {
  const away = node('away', { connected: false, rttMs: 1 })
  t.same(order([away, node('here')]), ['here', 'away'])
  t.same(order([node('silent', { rttMs: 1 }), node('good')], { isStraggler: peer => peer === 'silent' }), [
    'good',
    'silent'
  ])
  t.same(order([node('failing', { failures: 1, rttMs: 1 }), node('good')]), ['good', 'failing'])
  t.same(order([node('far', { rttMs: 90 }), node('unknown'), node('near', { rttMs: 4 })]), ['near', 'far', 'unknown'])
  t.same(order([node('listed', { standing: 'hint' }), node('good')]), ['good', 'listed'])
})

t.test('zombies that are not connected are tried only when their SP has nothing else', async t => {
  const zombie = (name: string): Candidate => node(name, { connected: false, failures: 3 })
  t.same(order([zombie('gone'), node('failing', { connected: false, failures: 2 })]), ['failing'])
  t.same(order([zombie('gone'), zombie('gone too')]), ['gone', 'gone too'])
  t.same(order([node('back', { failures: 9 }), zombie('gone')]), ['back'], 'who is connected is there')
})

t.test('an ask goes to a few nodes of an SP, one SP after the other', async t => {
  const many = Array.from({ length: 32 }, (_, i) => node(`n${i}`))
  t.equal(order(many).length, MAX_NODES_PER_SP_AND_ASK)
  const [first, second, unknown] = selectAll(
    [node('a', { sp: sp(1) }), node('x', { sp: undefined }), node('b', { sp: sp(2) }), node('c', { sp: sp(1) })],
    facts()
  )
  t.match(first, { sp: sp(1), nodes: [{ peerId: 'a' }, { peerId: 'c' }] })
  t.match(second, { sp: sp(2), nodes: [{ peerId: 'b' }] })
  t.match(unknown, { sp: undefined, nodes: [{ peerId: 'x' }] })
})

t.test('a silent node is probed beside its sibling, never instead of it', async t => {
  const nodes = [node('good'), node('silent'), node('other')]
  const probes = new Set([id('silent')])
  const isStraggler = (peer: PeerIdString): boolean => peer === 'silent'
  t.match(selectAll(nodes, facts({ probes, isStraggler: isStraggler })), [
    { nodes: [{ peerId: 'good' }, { peerId: 'other' }], probe: { peerId: 'silent' } }
  ])
  t.match(
    selectAll([node('silent')], facts({ probes, isStraggler: isStraggler })),
    [{ nodes: [{ peerId: 'silent' }], probe: undefined }],
    'alone it is asked as the first'
  )
  const away = [node('good'), node('silent', { connected: false })]
  t.match(
    selectAll(away, facts({ probes, isStraggler: isStraggler })),
    [{ probe: undefined }],
    'to dial it is not the ask’s business'
  )
})

t.test('we do not ask ourselves, and every ask begins with another SP', async t => {
  const all = [node('self'), node('ours', { sp: sp(0) }), ...[1, 2, 3].map(n => node(`n${n}`, { sp: sp(n) }))]
  t.same(order(all), ['n1', 'n2', 'n3'])
  t.same(order(all, { turn: 1 }), ['n2', 'n3', 'n1'])
  t.same(order(all, { turn: 5 }), ['n3', 'n1', 'n2'])
  t.same(order([], { turn: 5 }), [])
})

t.test('names every SP once and every node at most once, whatever is known', async t => {
  const seed = Date.now() & 0x7fffffff
  t.comment(`seed ${seed}`)
  const candidate = fc.record({
    sp: fc.option(fc.integer({ min: 0, max: 5 }).map(sp), { nil: undefined }),
    rttMs: fc.option(fc.nat(500), { nil: undefined }),
    connected: fc.boolean(),
    standing: fc.constantFrom('hint' as const, 'claimed' as const, 'verified' as const),
    proven: fc.boolean(),
    failures: fc.nat(5)
  })
  fc.assert(
    fc.property(fc.array(candidate, { maxLength: 40 }), fc.array(fc.nat(39)), fc.nat(9), (list, slow, turn) => {
      const nodes = list.map((change, i) => node(`n${i}`, change))
      const lagging = new Set(slow.map(i => id(`n${i}`)))
      const targets = selectAll(nodes, facts({ isStraggler: peer => lagging.has(peer), probes: lagging, turn }))
      const sps = targets.flatMap(target => target.sp ?? [])
      const known = new Set(nodes.flatMap(candidate => candidate.sp ?? []).filter(name => name !== sp(0)))
      const named = targets.flatMap(target => [...target.nodes, ...(target.probe === undefined ? [] : [target.probe])])
      return (
        new Set(sps).size === sps.length &&
        sps.length === known.size &&
        new Set(named).size === named.length &&
        targets.every(target => target.nodes.length > 0 && target.nodes.every(({ sp }) => sp === target.sp)) &&
        targets.every(({ probe, nodes: [first] }) => probe === undefined || !lagging.has(first?.peerId ?? id('')))
      )
    }),
    { seed, numRuns: 2_000 }
  )
})
