import '../../../src/protocols/patches/with-resolvers.js'
import t from 'tap'
import { sharedAbort } from '../../../src/kit/abort.js'
import type { Answer } from './fake-host.js'
import { mostPerSecond, peerIds, reach } from './fixture.js'

const { signal } = sharedAbort()

/** An SP with more nodes than connections are wanted to: the last one is dialled for asks only. */
async function withSpare(t: Parameters<typeof reach>[0], answer: Answer = 'ok') {
  const [a, b, c, spare = a] = peerIds(4)
  const run = reach(t, { sps: [[a, b, c, spare]], answer: peer => (peer === spare ? answer : 'ok') })
  for (const peer of [a, b, c]) run.comesIn(peer)
  await run.clock.advance(20_000)
  run.dials.splice(0)
  return { ...run, connectedNode: a, spare }
}

t.test('an ask takes the connection that is open, and dials where there is none', async t => {
  const { keeper, dials, open, connectedNode, spare } = await withSpare(t)
  t.equal(await keeper.connect(connectedNode, { signal }), open(connectedNode)[0])
  t.same(dials, [])
  t.equal((await keeper.connect(spare, { signal })).remotePeer.toString(), spare)
  t.equal(dials.length, 1)
})

t.test('an ask joins the dial that is under way', async t => {
  const [a] = peerIds(1)
  const { clock, keeper, dials, release } = reach(t, { sps: [[a]], hold: true })
  await clock.advance(0)
  const connecting = keeper.connect(a, { signal })
  release()
  t.ok(await connecting)
  t.equal(dials.length, 1)
})

t.test(
  'a node that failed is not dialled for another ask before its back-off ends, and the error says why',
  async t => {
    const { clock, keeper, dials, directory, spare } = await withSpare(t, 'refuse')
    const refused = /the connection was refused/
    await t.rejects(keeper.connect(spare, { signal }), { code: 'ERR_UNREACHABLE', message: refused })
    t.match(directory.get(spare)?.lastError, refused)
    await t.rejects(keeper.connect(spare, { signal }), {
      message: /not dialled for another 1 s: the connection was refused/
    })
    t.equal(dials.length, 1)
    await clock.advance(1_000)
    await t.rejects(keeper.connect(spare, { signal }), { message: refused })
    t.equal(dials.length, 2)
    await clock.advance(2_000)
    await t.rejects(keeper.connect(spare, { signal }), { message: /another 2 s/ })
  }
)

t.test('the keeper says what becomes of a node, and why', async t => {
  const { clock, fake, keeper, connectedNode, spare } = await withSpare(t, 'refuse')
  t.same(keeper.dialStatus(connectedNode), { state: 'not-planned', reason: 'connected' })
  t.same(keeper.dialStatus(spare), { state: 'not-planned', reason: 'target-reached' })
  fake.hold = true
  const connecting = keeper.connect(spare, { signal })
  t.same(keeper.dialStatus(spare), { state: 'dialling', reason: 'ask' })
  fake.release()
  await t.rejects(connecting)
  t.same(keeper.dialStatus(spare), { state: 'not-planned', reason: 'backing-off', nextTryMs: 1_000 })
  await clock.advance(400)
  t.match(keeper.dialStatus(spare), { nextTryMs: 600 })
})

t.test('a node that comes in by itself is free at once', async t => {
  const { keeper, comesIn, spare } = await withSpare(t, 'refuse')
  await t.rejects(keeper.connect(spare, { signal }))
  const connection = comesIn(spare)
  t.equal(await keeper.connect(spare, { signal }), connection)
})

t.test('dials of asks wait for the same 20 a second, and give up with their signal', async t => {
  const ids = peerIds(64)
  const [first = [], rest] = [ids.slice(0, 3), ids.slice(3)]
  const { clock, keeper, dials } = reach(t, { sps: [[...first, ...rest]] })
  await clock.advance(10_000)
  const controller = sharedAbort()
  const asked = rest.map(peer =>
    keeper.connect(peer, { signal: controller.signal }).then(
      () => 'connected',
      () => 'given up'
    )
  )
  await clock.advance(1_100)
  controller.abort()
  const results = await Promise.all(asked)
  t.equal(mostPerSecond(dials, 6_000), 20)
  t.ok(results.filter(result => result === 'connected').length >= 40, 'as many as two seconds hold')
  t.ok(results.includes('given up'))
})

t.test('a dial goes on when the ask that wanted it is over', async t => {
  const { clock, keeper, fake, dials, connected, spare } = await withSpare(t)
  fake.hold = true
  const controller = new AbortController()
  const connecting = keeper.connect(spare, { signal: controller.signal })
  controller.abort()
  await t.rejects(connecting)
  fake.release()
  await clock.advance(0)
  t.equal(dials.length, 1)
  t.ok(connected.has(spare))
})

t.test('a node that the book does not know cannot be dialled', async t => {
  const [a, , , unknown] = peerIds(4)
  const { keeper } = reach(t, { sps: [[a]] })
  await t.rejects(keeper.connect(unknown ?? a, { signal }), { code: 'ERR_UNREACHABLE', message: /no address is known/ })
})
