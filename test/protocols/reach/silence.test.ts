import '../../../src/protocols/patches/with-resolvers.js'
import t from 'tap'
import type { PeerIdString } from '../../../src/index.js'
import { peerIds, reach, spName } from './fixture.js'

const PERIOD_MS = 6_000
const NODES = peerIds(4)

type Reach = ReturnType<typeof reach>

/** Four SPs with a node each, connected for a minute and answering pings. */
async function connected(t: Parameters<typeof reach>[0]): Promise<Reach> {
  const run = reach(t, { sps: NODES.map(node => [node]) })
  await pings(run, 10, () => true)
  t.equal(run.connected.size, NODES.length)
  run.dials.splice(0)
  return run
}

/** So many rounds of pings, each judged as the module does. */
async function pings(run: Reach, rounds: number, answers: (peerId: PeerIdString) => boolean): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await run.clock.advance(PERIOD_MS)
    for (const peerId of NODES.filter(node => run.connected.has(node))) {
      run.directory.contacted(peerId, answers(peerId) ? { ok: true } : { ok: false, error: 'no pong' })
    }
    run.directory.settle()
  }
}

t.test('while our own network is down connections end that look open, and it counts against nobody', async t => {
  const run = await connected(t)
  run.fake.answer = () => 'silent'
  await pings(run, 2, () => false)
  t.equal(run.connected.size, NODES.length, 'two pings may be lost')
  await pings(run, 1, () => false)
  await run.clock.advance(5_000)
  t.equal(run.connected.size, 0)
  for (const peerId of NODES) t.equal(run.directory.get(peerId)?.failures, 0)
  run.fake.answer = () => 'ok'
  await run.clock.advance(30_000)
  t.equal(run.connected.size, NODES.length, 'it is back with all of them')
})

t.test('a node that falls silent is dialled anew over its old connection’s end', async t => {
  const run = await connected(t)
  const [a] = NODES
  await pings(run, 3, peerId => peerId !== a)
  await run.clock.advance(5_000)
  t.match(run.dials, [{ peerId: a }])
  t.equal(run.connected.size, NODES.length)
  t.equal(run.open(a).length, 1, 'the old one has ended')
})

t.test('one answer in between keeps a connection', async t => {
  const run = await connected(t)
  for (let times = 0; times < 5; times++) {
    await pings(run, 2, () => false)
    await pings(run, 1, () => true)
  }
  t.equal(run.connected.size, NODES.length)
  t.same(run.dials, [])
})

t.test('a node that pings us keeps its connection, though it answers no ping of ours', async t => {
  const run = await connected(t)
  const [a] = NODES
  for (let times = 0; times < 4; times++) {
    await pings(run, 1, peerId => peerId !== a)
    run.directory.claim(a, spName(0))
  }
  await run.clock.advance(5_000)
  t.same(run.dials, [])
})

t.test('a node that never answered over its connection is left to the rule for zombies', async t => {
  const run = reach(t, { sps: NODES.map(node => [node]) })
  await run.clock.advance(500)
  run.dials.splice(0)
  const [a] = NODES
  await pings(run, 3, peerId => peerId !== a)
  await run.clock.advance(5_000)
  t.equal(run.open(a).length, 1)
  t.same(run.dials, [])
})
