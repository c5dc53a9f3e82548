import '../../../src/protocols/patches/with-resolvers.js'
import t from 'tap'
import type { PeerIdString } from '../../../src/index.js'
import { keptRecord, mostPerSecond, peerIds, reach } from './fixture.js'

const LIVE = 20
const DEAD = 512

/** 20 SPs, each with one live node among two dozen dead ones. */
function deadBook(
  t: Parameters<typeof reach>[0],
  init: { readonly answer: 'silent' | 'refuse'; readonly failures: number }
) {
  const ids = peerIds(LIVE + DEAD)
  const live = new Set<PeerIdString>(ids.filter((_, index) => index % 26 === 25).slice(0, LIVE))
  const sps = Array.from({ length: LIVE }, (_, n) => ids.filter((_, index) => Math.floor(index / 26) % LIVE === n))
  const nodes = sps.flatMap((peers, n) => peers.map(peer => keptRecord(peer, n, live.has(peer) ? 0 : init.failures)))
  const run = reach(t, {
    sps,
    book: { nodes, blocked: [] },
    answer: peerId => (live.has(peerId) ? 'ok' : init.answer),
    host: { parallelDials: 512 },
    random: Math.random
  })
  return { ...run, live }
}

t.test('512 dead nodes that the book holds for healthy delay the live ones by 2 s at most', async t => {
  for (const answer of ['silent', 'refuse'] as const) {
    const { clock, connected, live } = deadBook(t, { answer, failures: 0 })
    for (let ms = 0; connected.size < live.size && ms < 10_000; ms += 50) await clock.advance(50)
    t.comment(`${answer}: ${clock.monotonic()} ms`)
    t.equal(connected.size, live.size)
    t.ok(clock.monotonic() <= 2_000, `${answer}: ${clock.monotonic()} ms`)
  }
})

t.test('nodes that were dead before the start wait for those that were not, and get one try', async t => {
  const { clock, connected, live, dials } = deadBook(t, { answer: 'silent', failures: 3 })
  await clock.advance(300)
  t.equal(connected.size, live.size)
  t.ok(dials.slice(0, LIVE).every(({ peerId }) => live.has(peerId)))
  await clock.advance(20_000)
  const tries = new Map<PeerIdString, number>()
  for (const { peerId } of dials) tries.set(peerId, (tries.get(peerId) ?? 0) + 1)
  t.same(new Set(tries.values()), new Set([1]), 'the next one is a minute away')
})

t.test('once the start is over, dead nodes cost 20 dials a second at most', async t => {
  const { clock, dials } = deadBook(t, { answer: 'refuse', failures: 0 })
  await clock.advance(12_000)
  t.ok(mostPerSecond(dials, 6_000) <= 20, `${mostPerSecond(dials, 6_000)}`)
})
