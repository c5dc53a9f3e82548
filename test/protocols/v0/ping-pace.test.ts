import t from 'tap'
import type { PeerIdString } from '../../../src/domain/brands.js'
import { silentLogger } from '../../../src/logger.js'
import { createMetrics } from '../../../src/metrics.js'
import { PingMeter } from '../../../src/protocols/v0/ping-meter.js'
import { PingRounds } from '../../../src/protocols/v0/ping-rounds.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'

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
  const measured = (await metrics.pingCpu.get()).values[0]?.value ?? 0
  t.ok(measured >= 0.8 * share && measured <= 1.5 * share, `it says ${(measured * 100).toFixed(1)} %`)
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
