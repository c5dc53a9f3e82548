import t from 'tap'
import { doubleBurst, RateLimit } from '../../src/kit/rate-limit.js'
import { fakeClock } from '../../src/testing/fake-clock.js'

t.test('a rate allows its burst, then what time brings, and a debt is waited out', async t => {
  const clock = fakeClock()
  const limit = new RateLimit(clock)
  const rate = doubleBurst(5)
  const taken = (key: string): number => {
    let count = 0
    while (limit.take(key, rate)) count++
    return count
  }
  t.equal(taken('a'), 10)
  t.equal(taken('b'), 10, 'each key for itself')
  await clock.advance(1_000)
  t.equal(taken('a'), 5)
  await clock.advance(200)
  t.ok(limit.take('a', rate, 6))
  t.equal(limit.retryAfterMs('a', rate), 1_200, 'five tokens owed, and one to take')
  await clock.advance(1_000)
  t.notOk(limit.take('a', rate), 'five tokens owed, five come')
  await clock.advance(200)
  t.equal(limit.retryAfterMs('a', rate), 0)
  t.ok(limit.take('a', rate))
  await clock.advance(1e9)
  t.equal(taken('a'), 10, 'never more than the burst')
})

t.test('the rate may be another one at each call', async t => {
  const clock = fakeClock()
  const limit = new RateLimit(clock)
  t.ok(limit.take('a', { perSecond: 1, burst: 1 }))
  t.notOk(limit.take('a', { perSecond: 1, burst: 1 }))
  t.ok(limit.take('a', { perSecond: Number.POSITIVE_INFINITY, burst: 0 }), 'no limit')
  t.equal(limit.retryAfterMs('a', { perSecond: Number.POSITIVE_INFINITY, burst: 0 }), 0)
  await clock.advance(100)
  t.ok(limit.take('a', { perSecond: 10, burst: 5 }), 'refilled at the rate of this call')
  await clock.advance(10_000)
  t.ok(limit.take('a', { perSecond: 10, burst: 1 }))
  t.notOk(limit.take('a', { perSecond: 10, burst: 1 }), 'a smaller burst holds at once')
})

t.test('it keeps a bounded number of buckets, and a key that was forgotten starts full', async t => {
  const limit = new RateLimit(fakeClock(), 2)
  const rate = { perSecond: 1, burst: 1 }
  for (const key of ['a', 'b', 'c']) t.ok(limit.take(key, rate))
  t.ok(limit.take('a', rate))
  t.notOk(limit.take('c', rate))
})

t.test('a bucket that is full again is forgotten: keys that came once leave nothing', async t => {
  const clock = fakeClock()
  const limit = new RateLimit(clock)
  const rate = { perSecond: 1, burst: 2 }
  for (let n = 0; n < 1_000; n++) limit.take(`passer-by-${n}`, rate)
  t.equal(limit.size, 1_000)
  await clock.advance(1_000)
  for (let n = 0; n < 500; n++) limit.take('regular', rate)
  t.equal(limit.size, 1, 'only what still owes something')
})
