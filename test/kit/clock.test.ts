import t from 'tap'
import { deadlineSignal, sleep } from '../../src/kit/clock.js'
import { fakeClock } from '../../src/testing/fake-clock.js'

t.test('a deadline aborts after its time, or with any parent, and leaves nothing behind', async t => {
  const clock = fakeClock()
  const parent = new AbortController()
  const other = new AbortController()
  const deadline = deadlineSignal(clock, 100, parent.signal, undefined, other.signal)
  other.abort(new Error('stop'))
  t.match(deadline.signal, { aborted: true, reason: { message: 'stop' } })
  deadline.clear()
  t.equal(clock.pending, 0)

  const late = deadlineSignal(clock, 100, parent.signal)
  await clock.advance(99)
  t.notOk(late.signal.aborted)
  await clock.advance(1)
  t.match(late.signal.reason, { name: 'TimeoutError', message: 'took longer than 100 ms' })

  const cleared = deadlineSignal(clock, 100, parent.signal)
  cleared.clear()
  parent.abort()
  await clock.advance(1_000)
  t.notOk(cleared.signal.aborted)
  t.ok(deadlineSignal(clock, 100, parent.signal).signal.aborted, 'a parent that had aborted before')
})

t.test('sleep ends with its time or rejects with the reason of its signal', async t => {
  const clock = fakeClock()
  const controller = new AbortController()
  const first = sleep(clock, 50, controller.signal)
  await clock.advance(50)
  await first
  const second = sleep(clock, 50, controller.signal)
  controller.abort(new Error('stop'))
  await t.rejects(second, { message: 'stop' })
  await t.rejects(sleep(clock, 50, controller.signal), { message: 'stop' })
  t.equal(clock.pending, 0)
})
