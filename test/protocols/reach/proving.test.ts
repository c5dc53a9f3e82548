import '../../../src/protocols/patches/with-resolvers.js'
import t from 'tap'
import { peerIds, reach, spEntry, spName } from './fixture.js'

t.test('a node that dialled us is dialled anew to prove its address, and one connection is kept', async t => {
  const [a] = peerIds(1)
  const { clock, comesIn, dials, standing, open } = reach(t, { sps: [[a]] })
  const inbound = comesIn(a)
  await clock.advance(1_000)
  t.same(dials, [], 'not at once: it may be about to be dialled anyway')
  t.equal(standing(a), 'hint', 'that it came in proves no address')
  await clock.advance(3_000)
  t.same(
    dials.map(({ anew }) => anew),
    [true]
  )
  t.equal(standing(a), 'verified')
  t.equal(open(a).length, 2)
  await clock.advance(3_000)
  t.same(open(a), [inbound], 'the connection that was there stays')
  await clock.advance(600_000)
  t.equal(dials.length, 1, 'proven once')
})

t.test('a connection that proves is kept while streams run over it, or when the other one goes', async t => {
  const [a, b] = peerIds(2)
  const run = reach(t, { sps: [[a], [b]] })
  for (const peer of [a, b]) run.comesIn(peer)
  await run.clock.advance(3_500)
  const [first, proof] = run.open(a)
  proof?.streams.push({} as (typeof proof.streams)[number])
  await run.clock.advance(4_000)
  t.equal(proof?.status, 'open')
  proof?.streams.pop()
  await run.clock.advance(2_000)
  t.equal(proof?.status, 'closed')
  t.equal(first?.status, 'open')
  const again = reach(t, { sps: [[a]] })
  again.comesIn(a)
  await again.clock.advance(3_500)
  again.open(a)[0]?.abort(new Error('gone'))
  await again.clock.advance(60_000)
  t.equal(again.open(a).length, 1)
})

t.test('nodes of an SP without a proven one come first, the others when it is calm', async t => {
  const [a, b, c] = peerIds(3)
  const { clock, comesIn, dials } = reach(t, { sps: [[a, b], [c]] })
  for (const peer of [a, b, c]) comesIn(peer)
  await clock.advance(3_200)
  t.equal(dials.length, 3)
  const late = reach(t, { sps: [[a, b]] })
  await late.clock.advance(100)
  late.drop(b)
  late.comesIn(b)
  await late.clock.advance(10_000)
  t.equal(late.dials.filter(({ anew }) => anew).length, 0, 'both were proven by the first dials')
})

t.test('an address that cannot be dialled back is tried again with long pauses and counts against nobody', async t => {
  const [a] = peerIds(1)
  const { clock, comesIn, dials, standing, open, directory, chain } = reach(t, { sps: [[a]], answer: () => 'refuse' })
  comesIn(a)
  await clock.advance(300_000)
  t.equal(standing(a), 'hint')
  t.equal(open(a).length, 1, 'it is used while connected')
  t.equal(directory.get(a)?.failures, 0)
  t.ok(dials.length <= 5, `${dials.length} dials in five minutes`)
  const before = dials.length
  chain.put(spEntry(0, [], { nodes: [{ peerId: a, addresses: ['/dns4/sp.example/tcp/4001'] }] }))
  await clock.advance(10_000)
  t.equal(dials.length, before + 1, 'a new address is a new chance')
})

t.test('a name that was dialled stays a name', async t => {
  const [a] = peerIds(1)
  const run = reach(t, { sps: [[]] })
  run.chain.put(spEntry(0, [], { nodes: [{ peerId: a, addresses: ['/dns4/sp.example/tcp/4001'] }] }))
  await run.clock.advance(100)
  const record = run.directory.get(a)
  t.equal(record?.addresses[0]?.address, '/dns4/sp.example/tcp/4001')
  t.type(record?.addresses[0]?.lastSuccess, 'number')
  t.equal(record?.sp, spName(0))
})
