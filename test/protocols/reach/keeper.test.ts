import '../../../src/protocols/patches/with-resolvers.js'
import t from 'tap'
import { peerIds, reach, spEntry, spName } from './fixture.js'

t.test('the first dial at a start is immediate', async t => {
  const [a] = peerIds(1)
  const { clock, dials } = reach(t, { sps: [[a]] })
  await clock.advance(0)
  t.same(dials, [{ peerId: a, at: 0, anew: false }])
})

t.test('a dial under way when its SP leaves the list or service ends unconnected', async t => {
  const [a] = peerIds(1)
  for (const leave of ['removed', 'jailed'] as const) {
    const run = reach(t, { sps: [[a]], hold: true })
    await run.clock.advance(0)
    t.equal(run.dials.length, 1)
    if (leave === 'removed') run.chain.remove(spName(0))
    else run.chain.setStatus(spName(0), 'IN_JAILED')
    run.release()
    await run.clock.advance(0)
    t.equal(run.open(a).length, 0, leave)
    await run.clock.advance(60_000)
    t.equal(run.dials.length, 1, `${leave}: not dialled again`)
  }
})

t.test('an SP that leaves the list is not dialled once more on its way out', async t => {
  const [a] = peerIds(1)
  const { clock, chain, dials } = reach(t, { sps: [[a]], answer: () => 'refuse' })
  await clock.advance(0)
  chain.remove(spName(0))
  await clock.advance(60_000)
  t.equal(dials.length, 1)
})

t.test('a connection to an SP that stays is kept', async t => {
  const [a] = peerIds(1)
  const { clock, open, chain } = reach(t, { sps: [[a]] })
  await clock.advance(400)
  chain.put(spEntry(0, [a], { endpoint: 'https://sp.example' }))
  await clock.advance(60_000)
  t.equal(open(a).length, 1)
})

t.test('however many nodes are dead, each is dialled in its turn', async t => {
  const nodes = peerIds(150)
  const { clock, dials } = reach(t, { sps: nodes.map(node => [node]), answer: () => 'silent' })
  await clock.advance(60_000)
  t.equal(new Set(dials.map(({ peerId }) => peerId)).size, nodes.length)
})

t.test('a node with a new address is dialled at once, and a change of one SP hurries no other', async t => {
  const [a, b] = peerIds(2)
  const { clock, dials, chain } = reach(t, { sps: [[a], [b]], answer: () => 'silent' })
  await clock.advance(300_000)
  dials.splice(0)
  chain.put(spEntry(1, [b], { endpoint: 'https://moved.example' }))
  await clock.advance(100)
  t.same(dials, [], 'what else changes of an SP says nothing about its nodes')
  chain.put(spEntry(1, [], { nodes: [{ peerId: b, addresses: ['/ip4/127.0.0.1/tcp/4002'] }] }))
  await clock.advance(100)
  t.same(
    dials.map(({ peerId }) => peerId),
    [b]
  )
})
