import '../../../src/protocols/patches/with-resolvers.js'
import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import type { PeerId } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import t from 'tap'
import type { GuestTier } from '../../../src/domain/guest.js'
import { createKey } from '../../../src/identity/keys.js'
import { RequestRates } from '../../../src/protocols/dht/request-rates.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'

const somebody = (): PeerId => peerIdFromPrivateKey(privateKeyFromRaw(createKey()))
const peers = (count: number): readonly PeerId[] => Array.from({ length: count }, somebody)
/** An address of the nth /24. */
const at = (n: number) => multiaddr(`/ip4/8.${n >> 8}.${n & 255}.1/tcp/1`)

/** Requests taken of all that each of the peers sends at once. */
function taken(
  rates: RequestRates,
  asking: readonly PeerId[],
  { tier, address, each = 200 }: { tier: GuestTier; address: (n: number) => ReturnType<typeof at>; each?: number }
): number {
  let count = 0
  for (let n = 0; n < each; n++) {
    for (const [index, remotePeer] of asking.entries()) {
      if (rates.take({ remotePeer, remoteAddr: address(index) }, tier)) count++
    }
  }
  return count
}

t.test('64 peer ids of one machine are served as four peers, elsewhere each is one', t => {
  const rates = () => new RequestRates(fakeClock(), false)
  t.equal(taken(rates(), peers(1), { tier: 'claimed', address: at }), 160)
  t.equal(taken(rates(), peers(64), { tier: 'claimed', address: () => at(1) }), 640)
  t.equal(taken(rates(), peers(8), { tier: 'claimed', address: at }), 1_280)
  t.equal(taken(rates(), peers(8), { tier: 'tied', address: () => at(1) }), 1_280, 'listed SPs may share a data centre')
  t.equal(taken(rates(), peers(8), { tier: 'stranger', address: at }), 0)
  t.end()
})

t.test('in a local cluster all nodes share an address, and none is held for a crowd', t => {
  const local = () => multiaddr('/ip4/127.0.0.1/tcp/1')
  const cluster = peers(8)
  t.equal(taken(new RequestRates(fakeClock(), true), cluster, { tier: 'claimed', address: local }), 1_280)
  t.equal(taken(new RequestRates(fakeClock(), true), cluster, { tier: 'claimed', address: () => at(1) }), 640)
  t.equal(taken(new RequestRates(fakeClock(), false), cluster, { tier: 'claimed', address: local }), 640)
  t.end()
})

t.test('claimed peers together leave tied ones their share of requests, whatever they send', async t => {
  const clock = fakeClock()
  const rates = new RequestRates(clock, false)
  const crowd = peers(64)
  t.equal(taken(rates, crowd, { tier: 'claimed', address: at }), 2_400)
  t.equal(taken(rates, peers(10), { tier: 'tied', address: at }), 1_600, 'of 1,600')
  for (let second = 0; second < 3; second++) {
    await clock.advance(1_000)
    taken(rates, crowd, { tier: 'claimed', address: at })
    const tied = taken(rates, peers(5), { tier: 'tied', address: at, each: 160 })
    t.equal(tied, 800, 'all that five nodes send that look for 160 SPs')
  }
})

t.test('claimed peers together leave tied ones their share of streams, and each other one', t => {
  const { streams } = new RequestRates(fakeClock(), false)
  const open = (tier: GuestTier, peer: string, count: number) =>
    Array.from({ length: count }, () => {
      const account = streams.account(tier, peer)
      const isOpen = account.take(1)
      if (isOpen) account.onEvict = () => account.release()
      return isOpen
    }).filter(Boolean).length
  t.equal(open('stranger', 'nobody', 1), 0)
  for (let peer = 0; peer < 100; peer++) t.ok(open('claimed', `crowd ${peer}`, 20) <= 16, 'sixteen of one peer')
  t.equal(streams.held, 614)
  t.equal(open('claimed', 'late', 3), 3, 'one that has most gives up some')
  t.equal(open('tied', 'one', 40), 32)
  for (let peer = 0; peer < 11; peer++) t.equal(open('tied', `tied ${peer}`, 32), 32)
  t.ok(streams.held <= 1_024)
  t.end()
})
