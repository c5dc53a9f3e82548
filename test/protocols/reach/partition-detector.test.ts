import '../../../src/protocols/patches/with-resolvers.js'
import t from 'tap'
import type { PeerIdString } from '../../../src/index.js'
import { mostPerSecond, peerIds, reach } from './fixture.js'

const SPS = 20

/** 20 SPs × 3 nodes, half of the SPs behind a cut that can be made and healed. */
function halves(t: Parameters<typeof reach>[0]) {
  const ids = peerIds(SPS * 3)
  const sps = Array.from({ length: SPS }, (_, n) => ids.slice(3 * n, 3 * n + 3))
  const far = new Set<PeerIdString>(sps.slice(SPS / 2).flat())
  const run = reach(t, { sps, random: Math.random })
  return {
    ...run,
    ids,
    cut: () => {
      run.fake.answer = peerId => (far.has(peerId) ? 'silent' : 'ok')
      for (const peerId of far) run.drop(peerId)
    },
    heal: () => {
      run.fake.answer = () => 'ok'
    }
  }
}

t.test('a start is connected to sixty live nodes within a second, one of each SP first', async t => {
  const { clock, connected, dials } = halves(t)
  await clock.advance(1_000)
  t.equal(connected.size, 3 * SPS)
  t.equal(new Set(dials.slice(0, SPS).map(({ peerId }) => peerId)).size, SPS)
})

t.test('halves that were apart for minutes are whole again within 30 s, at 20 dials a second at most', async t => {
  const { clock, connected, dials, cut, heal } = halves(t)
  await clock.advance(10_000)
  for (const apart of [60_000, 10 * 60_000]) {
    cut()
    const from = clock.monotonic()
    await clock.advance(apart)
    t.equal(connected.size, (3 * SPS) / 2)
    heal()
    await clock.advance(30_000)
    t.equal(connected.size, 3 * SPS, `after ${apart / 60_000} min apart`)
    t.ok(mostPerSecond(dials, from) <= 20, `${mostPerSecond(dials, from)} dials in a second`)
    const away = dials.filter(({ at }) => at >= from && at < from + apart).length
    t.ok(away < 30 * 3 + 30 * 6 + apart / 5_000, `${away} dials while apart`)
    await clock.advance(60_000)
  }
})

t.test('when our own network was down and somebody answers, everybody is due', async t => {
  const { clock, connected, drop, fake, ids, comesIn } = halves(t)
  await clock.advance(10_000)
  fake.answer = () => 'silent'
  for (const peerId of ids) drop(peerId)
  await clock.advance(20 * 60_000)
  t.equal(connected.size, 0)
  fake.answer = () => 'ok'
  comesIn(ids[0])
  await clock.advance(5_000)
  t.equal(connected.size, 3 * SPS)
})

t.test('a zombie costs three tries, then one every 30 s … 30 min', async t => {
  const [a, b] = peerIds(2)
  const { clock, dials } = reach(t, {
    sps: [[a], [b]],
    answer: peerId => (peerId === a ? 'refuse' : 'ok'),
    random: Math.random
  })
  await clock.advance(25_000)
  const tries = (): number[] => dials.filter(({ peerId }) => peerId === a).map(({ at }) => at)
  t.equal(tries().length, 3)
  await clock.advance(4 * 60 * 60_000)
  const pauses = tries().map((at, index, all) => at - (all[index - 1] ?? 0))
  t.ok(
    pauses.slice(3).every(pause => pause >= 24_000 && pause <= 36 * 60_000),
    pauses.join()
  )
  t.ok(
    pauses.slice(-3).every(pause => pause >= 24 * 60_000),
    'grown to half an hour, ± 20 %'
  )
})

t.test('a node that comes in is due no more, and a connection that is closed at once is no success', async t => {
  const [a] = peerIds(1)
  const run = reach(t, { sps: [[a]], answer: () => 'refuse' })
  await run.clock.advance(25_000)
  run.comesIn(a)
  await run.clock.advance(20_000)
  run.fake.answer = () => 'ok'
  run.drop(a)
  await run.clock.advance(0)
  t.equal(run.open(a).length, 1, 'dialled at once when it goes')
  run.dials.splice(0)
  for (let round = 0; round < 200; round++) {
    run.drop(a)
    await run.clock.advance(100)
  }
  t.ok(run.dials.length <= 6, `${run.dials.length} dials of a node that hangs up each time`)
})

t.test('a connection over which nothing has come for long is ended and dialled anew', async t => {
  const [a] = peerIds(1)
  const { clock, open, directory, dials } = reach(t, { sps: [[a], ...Array.from({ length: 3 }, () => [])] })
  await clock.advance(100)
  const [before] = open(a)
  const [b, c] = [peerIds(3)[1], peerIds(3)[2]]
  for (let round = 0; round < 4; round++) {
    await clock.advance(10_000)
    directory.contacted(a, { ok: false, error: 'no pong' })
    for (const other of [b, c]) directory.contacted(other, { ok: true })
    directory.settle()
  }
  t.equal(directory.get(a)?.state, 'zombie')
  await clock.advance(10_000)
  t.equal(before?.status, 'closed')
  await clock.advance(60_000)
  t.equal(dials.length, 2)
  t.equal(open(a).length, 1)
})
