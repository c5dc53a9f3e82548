import '../../../src/protocols/patches/with-resolvers.js'
import t from 'tap'
import { sharedAbort } from '../../../src/kit/abort.js'
import type { Answer } from './fake-host.js'
import { mostPerSecond, peerIds, reach, spEntry } from './fixture.js'

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

t.test('peers that nothing ties to an SP, however many came in, leave room for our own dials', async t => {
  const [a, b, c, ...crowd] = peerIds(88)
  const { clock, comesIn, open } = reach(t, { sps: [[a], [b], [c]], host: { maxConnections: 100 } })
  for (const peer of crowd) comesIn(peer)
  await clock.advance(1_000)
  for (const peer of [a, b, c]) t.equal(open(peer).length, 1, 'a listed node is connected')
})

t.test('hints leave half of the dials of each second to asks', async t => {
  const [a, b, teller, ...told] = peerIds(60)
  const address = '/ip4/127.0.0.1/tcp/4001'
  const { clock, directory, dials, keeper } = reach(t, {
    sps: [[a], []],
    answer: peer => (peer === b ? 'ok' : 'refuse')
  })
  await clock.advance(10_000)
  directory.hint(
    teller,
    [...told, b].map(peerId => ({ peerId, addresses: [address] }))
  )
  dials.splice(0)
  await clock.advance(1_000)
  t.ok(dials.length > 0 && dials.length <= 10, `${dials.length} dials of hints`)
  const connecting = keeper.connect(b, { signal })
  await clock.advance(100)
  t.ok(await connecting, 'an ask’s dial begins at once')
})

t.test('a node that rests is tried for an ask that cannot do without it, once in two seconds', async t => {
  const { clock, keeper, dials, fake, spare } = await withSpare(t, 'refuse')
  const evenResting = { signal, evenResting: true }
  const refused = { message: /the connection was refused/ }
  for (let n = 0; n < 3; n++) {
    await t.rejects(keeper.connect(spare, { signal }), refused)
    await clock.advance(n < 2 ? 5_000 : 0)
  }
  await t.rejects(keeper.connect(spare, evenResting), { message: /not dialled for another/ }, 'it failed just now')
  await clock.advance(2_000)
  dials.splice(0)
  await t.rejects(keeper.connect(spare, { signal }), { message: /not dialled for another/ })
  t.same(dials, [])
  await t.rejects(keeper.connect(spare, evenResting), refused)
  t.equal(dials.length, 1)
  await clock.advance(2_000)
  fake.answer = () => 'ok'
  t.equal((await keeper.connect(spare, evenResting)).remotePeer.toString(), spare, 'it is back')
})

t.test('while asks run, they and the keeper dial within one bound: few at once, twenty a second', async t => {
  const [a, b, c, ...more] = peerIds(63)
  const [spares, newcomers] = [more.slice(0, 30), more.slice(30)]
  const { clock, chain, fake, keeper, dials, comesIn } = reach(t, { sps: [[a, b, c, ...spares]] })
  for (const peer of [a, b, c]) comesIn(peer)
  await clock.advance(20_000)
  dials.splice(0)
  fake.hold = true
  const asks = spares.map(peer => keeper.connect(peer, { signal }).catch(() => undefined))
  for (const [n, peer] of newcomers.entries()) chain.put(spEntry(n + 1, [peer]))
  await clock.advance(50)
  t.ok(dials.length > 0 && dials.length <= 8, `${dials.length} at once, before the event loop is known to be on time`)
  await clock.advance(5_000)
  t.ok(mostPerSecond(dials) <= 20, `${mostPerSecond(dials)} in one second`)
  for (const [who, peers] of Object.entries({ asks: spares, keeper: newcomers })) {
    t.ok(
      dials.some(({ peerId }) => peers.includes(peerId)),
      `of the ${who} some`
    )
  }
  fake.hold = false
  fake.release()
  await clock.advance(10_000)
  await Promise.all(asks)
})
