import t from 'tap'
import { SparePace } from '../../../src/protocols/reach/spare-pace.js'

t.test('siblings are dialled at will while our event loop keeps up', t => {
  const pace = new SparePace()
  t.equal(pace.room(0, 0, 'dial'), Number.POSITIVE_INFINITY)
  pace.took(0)
  t.equal(pace.room(1, 14, 'dial'), Number.POSITIVE_INFINITY)
  t.end()
})

t.test('while it is behind they wait two hundred times as long, a second at least and half a minute at most', t => {
  const pace = new SparePace()
  t.equal(pace.room(0, 100, 'none'), 1)
  t.equal(pace.room(0, 100, 'dial'), 0, 'an SP without a node comes first')
  pace.took(0)
  t.equal(pace.room(19_999, 100, 'none'), 0)
  t.equal(pace.room(20_000, 100, 'none'), 1)
  t.equal(pace.room(4_000, 20, 'none'), 1)
  t.equal(pace.room(29_999, 5_000, 'none'), 0)
  t.equal(pace.room(30_000, 5_000, 'none'), 1)
  t.end()
})

t.test('a moment of calm is not enough: they wait until it has kept up for a second', t => {
  const pace = new SparePace()
  t.equal(pace.room(0, 100, 'dial'), 0)
  t.equal(pace.room(999, 0, 'dial'), 0)
  t.equal(pace.room(1_000, 0, 'dial'), Number.POSITIVE_INFINITY)
  t.end()
})

t.test('while it is behind and an SP is out of reach they wait half a minute, whatever it is behind', async t => {
  const pace = new SparePace()
  t.equal(pace.room(0, 20, 'missing'), 1)
  pace.took(0)
  t.equal(pace.room(29_999, 20, 'missing'), 0)
  t.equal(pace.room(30_000, 20, 'missing'), 1)
  t.equal(pace.room(31_000, 0, 'missing'), Number.POSITIVE_INFINITY, 'not once it keeps up')
})
