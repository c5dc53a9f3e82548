import t from 'tap'
import { movableClock } from '../../src/testing/movable-clock.js'

t.test('a move fires what comes due, in its order, and lets the rest wait for what is left', async t => {
  const clock = movableClock()
  const fired: string[] = []
  clock.setTimeout(() => fired.push('second'), 2_000)
  clock.setTimeout(() => fired.push('first'), 1_000)
  const last = new Promise<void>(resolve => clock.setTimeout(resolve, 3_600_000))
  const [now, monotonic] = [clock.now(), clock.monotonic()]
  clock.advance(3_599_999)
  t.same(fired, ['first', 'second'])
  t.ok(clock.now() - now >= 3_599_999 && clock.monotonic() - monotonic >= 3_599_999, 'both clocks have moved')
  await last
})

t.test('a timer that is cleared by one that a move fires keeps no process alive', async t => {
  const clock = movableClock()
  const timers = (): number => process.getActiveResourcesInfo().filter(kind => kind === 'Timeout').length
  const before = timers()
  const late = clock.setTimeout(() => t.fail('it was cleared'), 3_600_000)
  clock.setTimeout(() => clock.clearTimeout(late), 1_000)
  t.equal(timers(), before + 2)
  clock.advance(1_000)
  t.equal(timers(), before)
})
