import t from 'tap'
import { probeDelayMs, retryDelayMs } from '../../src/domain/backoff.js'

const SECOND = 1_000
const MINUTE = 60 * SECOND

t.test('a node that may only be restarting is tried again within seconds, a zombie after 30 s … 30 min', async t => {
  const delays = Array.from({ length: 12 }, (_, index) => retryDelayMs(index + 1, 3, 0.5) / SECOND)
  t.same(delays, [1, 4, 30, 60, 120, 240, 480, 960, 1_800, 1_800, 1_800, 1_800])
})

t.test('whoever waits, waits 20 % more or less than others', async t => {
  for (const failures of [1, 3, 40]) {
    const middle = retryDelayMs(failures, 3, 0.5)
    t.equal(retryDelayMs(failures, 3, 0), 0.8 * middle)
    t.ok(retryDelayMs(failures, 3, 0.999) < 1.2 * middle)
  }
})

t.test('a bound of failures far above the usual never waits longer than a zombie', async t => {
  t.equal(retryDelayMs(999, 1_000, 0.5), 30 * SECOND)
  t.equal(retryDelayMs(1_000, 1_000, 0.5), 30 * SECOND)
})

t.test('probes go every ten seconds at first, and seldom once the network has been apart for long', async t => {
  t.same([0, MINUTE, 10 * MINUTE, 20 * MINUTE, 60 * MINUTE, 48 * 60 * MINUTE].map(probeDelayMs), [
    10 * SECOND,
    10 * SECOND,
    10 * SECOND,
    20 * SECOND,
    MINUTE,
    30 * MINUTE
  ])
})
