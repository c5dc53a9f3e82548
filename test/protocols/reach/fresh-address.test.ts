/** A node whose known addresses are dead, and of which another address becomes known. */
import '../../../src/protocols/patches/with-resolvers.js'
import t from 'tap'
import type { PeerIdString } from '../../../src/index.js'
import type { HintedNode } from '../../../src/peers/index.js'
import { peerIds, reach, spEntry } from './fixture.js'

const RIGHT = '/ip4/127.0.0.1/tcp/9933'
const DEAD = '/ip4/127.0.0.1/tcp/40001'
/** Hints come many at once: the keeper gathers them. */
const GATHER_MS = 500

const [NODE, TELLER, OTHER] = peerIds(3)
type Reach = ReturnType<typeof reach>

/** An SP whose node the list names without an address; it answers at the right one only. */
const named = (t: Parameters<typeof reach>[0], dead: 'refuse' | 'silent' = 'refuse'): Reach =>
  reach(t, {
    sps: [],
    list: [spEntry(0, [], { nodes: [{ peerId: NODE, addresses: [] }] })],
    answer: (_, address) => (address === RIGHT ? 'ok' : dead)
  })

const hint = ({ directory }: Reach, from: PeerIdString | 'dht', ...addresses: string[]): void =>
  directory.hint(from, [{ peerId: NODE, addresses }])

/** It was dialled in vain until it rests for half a minute. */
async function rests(run: Reach): Promise<void> {
  hint(run, TELLER, DEAD)
  await run.clock.advance(10_000)
  t.ok(run.dials.length >= 3)
  run.dials.splice(0)
}

const SOURCES: readonly (readonly [name: string, tell: (run: Reach) => void])[] = [
  ['the pong of another node', run => hint(run, OTHER, RIGHT)],
  ['the next pong of the same node', run => hint(run, TELLER, DEAD, RIGHT)],
  ['a DHT record', run => hint(run, 'dht', RIGHT)],
  ['the list', run => run.chain.put(spEntry(0, [], { nodes: [{ peerId: NODE, addresses: [RIGHT] }] }))],
  [
    'an operator',
    ({ directory, keeper }) => {
      directory.add(NODE, RIGHT)
      keeper.dialNow(NODE)
    }
  ],
  ['its own connection to us', run => void run.fake.comesIn(NODE, '/ip4/127.0.0.1/tcp/55555')]
]

for (const [name, tell] of SOURCES) {
  t.test(`a node that rests after dead ports is reached at once when ${name} tells more`, async t => {
    const run = named(t)
    await rests(run)
    tell(run)
    await run.clock.advance(GATHER_MS)
    t.equal(run.open(NODE).length, 1)
  })
}

t.test('an address that is told while a silent one is dialled is tried when that dial is over', async t => {
  const run = named(t, 'silent')
  hint(run, TELLER, DEAD)
  await run.clock.advance(GATHER_MS)
  t.equal(run.dials.length, 1)
  hint(run, OTHER, RIGHT)
  // What is left of five seconds, and two more if the silent address has its turn again.
  await run.clock.advance(7_100)
  t.equal(run.open(NODE).length, 1)
})

t.test('of an open SP too: what the first teller said does not stand alone', async t => {
  const run = reach(t, { sps: [[]], answer: (_, address) => (address === RIGHT ? 'ok' : 'refuse') })
  hint(run, TELLER, DEAD)
  await run.clock.advance(1_500)
  run.dials.splice(0)
  hint(run, OTHER, RIGHT)
  await run.clock.advance(GATHER_MS)
  t.equal(run.open(NODE).length, 1)
})

t.test('an address that was tried in vain hurries nothing, whoever tells it again', async t => {
  const run = named(t)
  await rests(run)
  for (let times = 0; times < 10; times++) {
    for (const from of [TELLER, OTHER, 'dht'] as const) hint(run, from, DEAD)
    await run.clock.advance(GATHER_MS)
  }
  t.same(run.dials, [])
})

t.test('whoever invents addresses without end has us dial five nodes a second more', async t => {
  const dead = peerIds(200)
  const run = reach(t, {
    sps: [],
    list: dead.map((peerId, n) => spEntry(n, [], { nodes: [{ peerId, addresses: [] }] })),
    answer: () => 'refuse'
  })
  const invent = (round: number): HintedNode[] =>
    dead.map(peerId => ({ peerId, addresses: [`/ip4/127.0.0.1/tcp/${10_000 + round}`] }))
  for (let round = 0; round < 60; round++) {
    run.directory.hint(TELLER, invent(round))
    await run.clock.advance(1_000)
  }
  const seconds = 30
  run.dials.splice(0)
  for (let round = 0; round < seconds; round++) {
    run.directory.hint(OTHER, invent(100 + round))
    await run.clock.advance(1_000)
  }
  const usual = (dead.length / 30) * seconds
  // A dial tries each address.
  const dials = new Set(run.dials.map(({ peerId, at }) => `${peerId} ${at}`)).size
  t.ok(dials <= usual + 5 * seconds + 20, `${dials} dials`)
})
