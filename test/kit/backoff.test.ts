import t from 'tap'
import { backoffMs, jittered } from '../../src/kit/backoff.js'

t.test('a pause grows with each failure up to its limit', async t => {
  const pauses = (growth?: number): number[] =>
    [1, 2, 3, 4, 5_000].map(failures => backoffMs({ firstMs: 10, maxMs: 500, ...(growth && { growth }) }, failures))
  t.same(pauses(), [10, 20, 40, 80, 500])
  t.same(pauses(4), [10, 40, 160, 500, 500])
})

t.test('jitter makes a pause longer or shorter by at most its share', async t => {
  const pause = (random: number): number => backoffMs({ firstMs: 100, maxMs: 100, jitter: 0.2 }, 1, random)
  t.same([pause(0), pause(0.5), pause(1)].map(Math.round), [80, 100, 120])
  t.equal(jittered(100, 0), 100)
})
