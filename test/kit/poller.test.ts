import t from 'tap'
import { Poller } from '../../src/kit/poller.js'
import { fakeClock } from '../../src/testing/fake-clock.js'

t.test('a poller runs at once, then an interval after the end of each run, until it is stopped', async t => {
  const clock = fakeClock()
  const runs: number[] = []
  let intervalMs = 100
  const poller = new Poller({ clock, intervalMs: () => intervalMs, poll: () => void runs.push(clock.monotonic()) })
  await poller.start()
  await clock.advance(250)
  t.same(runs, [0, 100, 200])
  intervalMs = 10
  await poller.now()
  t.same(runs.at(-1), 250, 'also when it is asked to')
  await clock.advance(10)
  t.same(runs.at(-1), 260)
  await poller.stop()
  await poller.now()
  await clock.advance(1_000)
  t.equal(runs.length, 5)
  t.equal(clock.pending, 0)
  await poller.start()
  t.equal(runs.length, 6, 'it can be started again')
  await poller.stop()
})

t.test('one that does not begin at once waits for its interval', async t => {
  const clock = fakeClock()
  let runs = 0
  const poller = new Poller({ clock, intervalMs: 100, poll: () => void runs++, atOnce: false })
  await poller.start()
  t.equal(runs, 0)
  await clock.advance(100)
  t.equal(runs, 1)
  await poller.stop()
})

t.test('runs never overlap, and stopping waits for the one under way', async t => {
  const clock = fakeClock()
  const ends: (() => void)[] = []
  let signalled = false
  const poller = new Poller({
    clock,
    intervalMs: 100,
    poll: signal => {
      signal.addEventListener('abort', () => (signalled = true))
      return new Promise<void>(resolve => ends.push(resolve))
    }
  })
  const started = poller.start()
  const again = poller.now()
  await clock.advance(1_000)
  t.equal(ends.length, 1)
  ends[0]?.()
  await started
  await clock.advance(0)
  t.equal(ends.length, 2, 'a run asked for meanwhile begins afterwards')
  const stopped = poller.stop()
  t.ok(signalled)
  ends[1]?.()
  await Promise.all([again, stopped])
  t.equal(clock.pending, 0)
})
