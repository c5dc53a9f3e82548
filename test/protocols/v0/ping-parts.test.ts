import t from 'tap'
import type { PeerIdString } from '../../../src/domain/brands.js'
import { peerIdOf } from '../../../src/identity/keys.js'
import { silentLogger } from '../../../src/logger.js'
import { createMetrics } from '../../../src/metrics.js'
import { PingMeter } from '../../../src/protocols/v0/ping-meter.js'
import { PingRounds } from '../../../src/protocols/v0/ping-rounds.js'
import { PongHints } from '../../../src/protocols/v0/pong-hints.js'
import { SignatureCache } from '../../../src/protocols/v0/signature-cache.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'

const key = (seed: number): Uint8Array => new Uint8Array(32).fill(seed + 1)
const FROM = 'from' as PeerIdString

t.test('pings stay below 5 % of a core: the period is stretched, told once, and comes back', async t => {
  const clock = fakeClock()
  const metrics = createMetrics()
  const told: unknown[] = []
  let cpu = 0
  const logger = { ...silentLogger, info: (facts: unknown) => told.push(facts) }
  const meter = new PingMeter({ configuredMs: 1_000, cpu: () => cpu, clock, logger, metrics })
  /** Rounds in which `peers` are pinged and each pings us once a second, and other work takes 10 % of a core. */
  const rounds = async (count: number, peers: number, costMs: number): Promise<void> => {
    for (let round = 0; round < count; round++) {
      meter.roundBegins(peers)
      meter.roundSent(peers)
      const answered = Math.round((peers * meter.periodMs) / 1_000)
      for (let index = 0; index < answered; index++) meter.answered()
      const work = (ms: number): number => ms * 0.1 + (answered * costMs * ms) / meter.periodMs
      cpu += work(400) + peers * costMs
      await clock.advance(400)
      meter.roundSettled()
      cpu += work(meter.periodMs - 400)
      await clock.advance(meter.periodMs - 400)
    }
  }
  await rounds(30, 63, 0.2)
  t.equal(meter.periodMs, 1_000, '126 exchanges of 0.2 ms are 2.5 %')
  await rounds(60, 63, 0.5)
  const share = 0.5 * (63 / meter.periodMs + 63 / 1_000)
  t.ok(share <= 0.052, `6.3 % became ${(share * 100).toFixed(1)} %, period ${Math.round(meter.periodMs)} ms`)
  t.equal(told.length, 1)
  t.equal((await metrics.pingPeriod.get()).values[0]?.value, meter.periodMs / 1_000)
  await rounds(60, 63, 0.1)
  t.equal(meter.periodMs, 1_000)
  t.equal(told.length, 2)
  await rounds(10, 640, 0.001)
  t.equal(meter.periodMs, 10_000, '64 nodes in a second at most')
})

t.test('who has just pinged us is skipped, never twice in a row and only while it answers', t => {
  const rounds = new PingRounds()
  const [a, b] = ['a', 'b'] as PeerIdString[] as [PeerIdString, PeerIdString]
  t.same(rounds.next([a, b]), [a, b])
  for (const peer of [a, b]) rounds.heard(peer)
  rounds.answered(a)
  t.same(rounds.next([a, b]), [b], 'b pings, but does not answer')
  rounds.heard(a)
  t.same(rounds.next([a, b]), [a, b])
  rounds.answered(a)
  t.same(rounds.next([a, b]), [a, b], 'a was not heard of since')
  t.same(rounds.next([b]), [b])
  t.same(rounds.next([a, b]), [a, b], 'a new connection begins anew')
  t.end()
})

t.test('a signer is asked once at a time, again after it failed, and the old message is told meanwhile', async t => {
  const cache = new SignatureCache()
  const turns: { resolve(bytes: Uint8Array): void; reject(error: Error): void }[] = []
  const make = (): Promise<Uint8Array> => new Promise((resolve, reject) => turns.push({ resolve, reject }))
  const waiting = [cache.get(make), cache.get(make)].map(promise => t.rejects(promise, /no route/))
  turns[0]?.reject(new Error('no route'))
  await Promise.all(waiting)
  t.equal(turns.length, 1)
  const first = cache.get(make)
  turns[1]?.resolve(Uint8Array.of(1))
  t.same(await first, Uint8Array.of(1))
  cache.renew()
  t.same(await cache.get(make), Uint8Array.of(1), 'the old one is told while the new one is made')
  turns[2]?.resolve(Uint8Array.of(2))
  await new Promise(setImmediate)
  t.same(await cache.get(make), Uint8Array.of(2))
  t.equal(turns.length, 3)
})

t.test('only what can be dialled is taken of a pong, at its rate', async t => {
  const clock = fakeClock()
  const hints = new PongHints({ maxNodes: 4, allowPrivate: false, clock })
  const good = { nodeId: peerIdOf(key(1)), multiAddr: ['/dns6/sp1.example.com/tcp/9933'] }
  const relay = `/ip4/8.8.8.8/tcp/1/p2p/${peerIdOf(key(2))}/p2p-circuit`
  const told = [
    { ...good, multiAddr: ['/ip4/10.0.0.1/tcp/1', relay, 'nonsense', '/ip4/8.8.8.8/udp/1', ...good.multiAddr] },
    { nodeId: 'no peer id', multiAddr: good.multiAddr },
    { nodeId: peerIdOf(key(3)), multiAddr: ['/ip4/127.0.0.1/tcp/1', '/ip6/fe80::1/tcp/1'] },
    { nodeId: peerIdOf(key(4)), multiAddr: [`/ip4/8.8.8.8/tcp/1/p2p/${peerIdOf(key(4))}`] }
  ]
  t.same(hints.read(FROM, told), [
    { peerId: good.nodeId, addresses: ['/dns6/sp1.example.com/tcp/9933'] },
    { peerId: peerIdOf(key(4)), addresses: ['/ip4/8.8.8.8/tcp/1'] }
  ])
  t.same(hints.read(FROM, [{ nodeId: peerIdOf(key(5)), multiAddr: good.multiAddr }]), [], 'too soon')
  await clock.advance(2_000)
  t.same(hints.read(FROM, told), [], 'what was told before is not read again')
  await clock.advance(60_000)
  t.equal(hints.read(FROM, told).length, 2)
  await clock.advance(2_000)
  const many = Array.from({ length: 100 }, (_, index) => ({ ...good, nodeId: peerIdOf(key(index)) }))
  t.equal(hints.read(FROM, many).length, 4)
})
