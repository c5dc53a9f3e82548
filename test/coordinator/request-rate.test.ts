import t from 'tap'
import { RequestRate } from '../../src/coordinator/request-rate.js'
import { fakeClock } from '../../src/testing/fake-clock.js'

t.test('an address has its burst, then its rate; a refusal says when to come back', async t => {
  const clock = fakeClock()
  const limit = new RequestRate({ perSecond: 2, burst: 3 }, clock)
  for (let count = 0; count < 3; count++) limit.take('10.0.0.1')
  t.throws(() => limit.take('10.0.0.1'), { message: /^rate: expected at most 2/, httpStatus: 429, retryAfterMs: 500 })
  limit.take('10.0.0.2')
  await clock.advance(500)
  limit.take('10.0.0.1')
  t.throws(() => limit.take('10.0.0.1'), { message: /^rate: / })
  await clock.advance(60_000)
  for (let count = 0; count < 3; count++) limit.take('10.0.0.1')
  t.throws(() => limit.take('10.0.0.1'), { message: /^rate: / }, 'what is not used does not pile up')
})

t.test('an IPv6 /64 is one address, however it is written', async t => {
  const limit = new RequestRate({ perSecond: 1, burst: 1 }, fakeClock())
  limit.take('2001:db8::1')
  t.throws(() => limit.take('2001:db8:0:0:ffff::1'), { message: /^rate: / })
  t.throws(() => limit.take('2001:db8::ffff:1'), { message: /^rate: / })
  limit.take('2001:db8:0:1::1')
  limit.take('::ffff:10.0.0.1')
  limit.take('::ffff:10.0.0.2')
  t.throws(() => limit.take('::ffff:10.0.0.2'), { message: /^rate: / })
})

t.test('it remembers a bounded number of addresses and forgets the longest unseen', async t => {
  const limit = new RequestRate({ perSecond: 1, burst: 1 }, fakeClock())
  limit.take('first')
  for (let count = 0; count < 10_000; count++) limit.take(`address ${count}`)
  limit.take('first')
  t.throws(() => limit.take('address 9999'), { message: /^rate: / })
})
