import '../../../src/protocols/patches/with-resolvers.js'
import { peerIdFromString } from '@libp2p/peer-id'
import t from 'tap'
import type { PeerIdString } from '../../../src/index.js'
import { peerIds, reach, spEntry, spName } from './fixture.js'

const minutes = (n: number): number => n * 60_000

t.test('whoever leaves the list, or may not serve, is hung up at once and kept out', async t => {
  const [a, b] = peerIds(2)
  for (const leave of ['removed', 'jailed'] as const) {
    const run = reach(t, { sps: [[a], [b]] })
    await run.clock.advance(100)
    t.equal(run.open(a).length, 1)
    if (leave === 'removed') run.chain.remove(spName(0))
    else run.chain.setStatus(spName(0), 'IN_JAILED')
    await run.clock.advance(100)
    t.equal(run.open(a).length, 0, leave)
    t.ok(run.accessList.isBarred(a), 'cannot come back in')
    t.equal(run.gate()?.(peerIdFromString(a)), 'deny', 'nor is it dialled by anybody on this host')
    run.comesIn(a)
    t.equal(run.open(a).length, 0, 'on a host without a gate it is thrown out again')
    t.notOk(run.connected.has(a))
    t.equal(run.open(b).length, 1, 'the other SP stays')
    if (leave === 'removed') run.chain.put(spEntry(0, [a]))
    else run.chain.setStatus(spName(0), 'IN_SERVICE')
    await run.clock.advance(100)
    t.notOk(run.accessList.isBarred(a), 'until its SP is back')
    t.equal(run.open(a).length, 1)
  }
})

t.test('nodes that only claimed their SP go with it, and it takes them back', async t => {
  const [a] = peerIds(1)
  const run = reach(t, { sps: [[]] })
  run.comesIn(a)
  t.ok(run.directory.claim(a, spName(0)))
  await run.clock.advance(100)
  run.chain.remove(spName(0))
  await run.clock.advance(100)
  t.equal(run.open(a).length, 0)
  t.ok(run.accessList.isBarred(a))
  run.chain.put(spEntry(0, []))
  t.notOk(run.accessList.isBarred(a))
})

t.test('a node that its SP names no more loses its connection, one that moved to another SP keeps it', async t => {
  const [a, b, c] = peerIds(3)
  const run = reach(t, { sps: [[a, b], [c]] })
  await run.clock.advance(200)
  t.same(
    [a, b, c].map(peer => run.open(peer).length),
    [1, 1, 1]
  )
  run.chain.put(spEntry(0, [b]))
  await run.clock.advance(100)
  t.same(
    [a, b].map(peer => run.open(peer).length),
    [0, 1]
  )
  t.ok(run.accessList.isBarred(a))
  run.chain.put(spEntry(1, [c, b]))
  run.chain.put(spEntry(0, [a]))
  await run.clock.advance(100)
  t.same(
    [a, b].map(peer => run.open(peer).length),
    [1, 1],
    'named again; moved'
  )
  t.equal(run.directory.get(b)?.sp, spName(1))
})

t.test('an SP that stops naming nodes keeps those it has', async t => {
  const [a] = peerIds(1)
  const run = reach(t, { sps: [[a]] })
  await run.clock.advance(100)
  run.chain.put(spEntry(0, []))
  await run.clock.advance(100)
  t.equal(run.open(a).length, 1)
})

t.test('who left is remembered for ten minutes and within bounds, then it is a stranger like any', async t => {
  const [a] = peerIds(1)
  const run = reach(t, { sps: [[a]] })
  await run.clock.advance(100)
  run.chain.remove(spName(0))
  await run.clock.advance(minutes(9))
  t.ok(run.accessList.isBarred(a))
  await run.clock.advance(minutes(2))
  t.notOk(run.accessList.isBarred(a))
  run.accessList.left(a, spName(0))
  for (let n = 0; n < 4_096; n++) run.accessList.left(String(n) as PeerIdString, spName(0))
  t.notOk(run.accessList.isBarred(a), 'the one that left first gives way')
  t.ok(run.accessList.isBarred('0' as PeerIdString))
})

t.test('a blocked node is neither dialled nor let in', async t => {
  const [a, b] = peerIds(2)
  const run = reach(t, { sps: [[a, b]] })
  run.directory.block(a)
  await run.clock.advance(1_000)
  t.same(
    run.dials.map(({ peerId }) => peerId),
    [b]
  )
  run.comesIn(a)
  t.equal(run.open(a).length, 0)
  run.directory.unblock(a)
  await run.clock.advance(10_000)
  t.equal(run.open(a).length, 1)
})

t.test('while no list is trusted nobody is thrown out', async t => {
  const [a] = peerIds(1)
  const run = reach(t, { sps: [[a]] })
  await run.clock.advance(100)
  run.chain.down = true
  await run.clock.advance(minutes(1))
  t.equal(run.open(a).length, 1)
  t.notOk(run.accessList.isBarred(a))
  run.drop(a)
  await run.clock.advance(minutes(1))
  t.equal(run.open(a).length, 1, 'and the last list goes on being covered')
})

t.test(
  'where connections are scarce, those to nodes of no SP end after half a minute, configured ones never',
  async t => {
    const [a, b, c] = peerIds(3)
    const run = reach(t, { sps: [[a]], bootstrap: [b], host: { maxConnections: 3 } })
    await run.clock.advance(100)
    await run.fake.host.connect(peerIdFromString(b), [], { signal: AbortSignal.timeout(1_000) })
    await run.fake.host.connect(peerIdFromString(c), [], { signal: AbortSignal.timeout(1_000) })
    await run.clock.advance(20_000)
    t.same(
      [a, b, c].map(peer => run.open(peer).length),
      [1, 1, 1]
    )
    await run.clock.advance(20_000)
    t.same(
      [a, b, c].map(peer => run.open(peer).length),
      [1, 1, 0]
    )
  }
)
