import t from 'tap'
import { Lag } from '../../../src/protocols/reach/lag.js'
import { SparePace } from '../../../src/protocols/reach/spare-pace.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'

/** A loop that was late just now, or has kept up for so long. */
const behind = (lateMs: number, calmMs = 0) => ({ lateMs, calmMs })

t.test('siblings are dialled at will while our event loop keeps up', t => {
  const pace = new SparePace()
  t.equal(pace.room(0, behind(0, 1_000), 'dial'), Number.POSITIVE_INFINITY)
  pace.took(0)
  t.equal(pace.room(1, behind(14, 1_001), 'dial'), Number.POSITIVE_INFINITY)
  t.end()
})

t.test('while it is behind they wait two hundred times as long, a second at least and half a minute at most', t => {
  const pace = new SparePace()
  t.equal(pace.room(0, behind(100), 'none'), 1)
  t.equal(pace.room(0, behind(100), 'dial'), 0, 'an SP without a node comes first')
  pace.took(0)
  t.equal(pace.room(19_999, behind(100), 'none'), 0)
  t.equal(pace.room(20_000, behind(100), 'none'), 1)
  t.equal(pace.room(4_000, behind(20), 'none'), 1)
  t.equal(pace.room(29_999, behind(5_000), 'none'), 0)
  t.equal(pace.room(30_000, behind(5_000), 'none'), 1)
  t.end()
})

t.test('a moment of calm is not enough: they wait until it has kept up for a second', t => {
  const pace = new SparePace()
  t.equal(pace.room(0, behind(100), 'dial'), 0)
  t.equal(pace.room(999, behind(0, 999), 'dial'), 0)
  t.equal(pace.room(1_000, behind(0, 1_000), 'dial'), Number.POSITIVE_INFINITY)
  t.end()
})

t.test('while it is behind and an SP is out of reach they wait half a minute, whatever it is behind', async t => {
  const pace = new SparePace()
  t.equal(pace.room(0, behind(20), 'missing'), 1)
  pace.took(0)
  t.equal(pace.room(29_999, behind(20), 'missing'), 0)
  t.equal(pace.room(30_000, behind(20), 'missing'), 1)
  t.equal(pace.room(31_000, behind(0, 1_000), 'missing'), Number.POSITIVE_INFINITY, 'not once it keeps up')
})

t.test('once the loop was late, that it keeps up is known only while it is measured', async t => {
  const clock = fakeClock()
  const lag = new Lag(clock)
  const calm = () => lag.calmMs(clock.monotonic())
  t.equal(calm(), Number.POSITIVE_INFINITY, 'nobody saw it late')
  lag.start()
  await clock.advance(100)
  t.equal(calm(), Number.POSITIVE_INFINITY)
  t.equal(lag.calmMs(clock.monotonic() + 40), 0, 'the next beat is overdue')
  clock.stall(45)
  await clock.advance(50)
  t.ok(calm() <= 75, `${calm()} ms since it was late`)
  await clock.advance(1_000)
  t.ok(calm() >= 1_000)
  lag.stop()
  t.equal(calm(), 0)
  lag.start()
  t.equal(calm(), 0, 'what was while nobody looked does not count')
})
