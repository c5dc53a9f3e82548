import t from 'tap'
import { SparePace } from '../../../src/protocols/reach/spare-pace.js'

t.test('siblings are dialled at will while our event loop keeps up', t => {
  const pace = new SparePace()
  t.equal(pace.room(0, 0, true), Number.POSITIVE_INFINITY)
  pace.took(0)
  t.equal(pace.room(1, 14, true), Number.POSITIVE_INFINITY)
  t.end()
})

t.test('while it is behind they wait a hundred times as long, a second at least and half a minute at most', t => {
  const pace = new SparePace()
  t.equal(pace.room(0, 100, false), 1)
  t.equal(pace.room(0, 100, true), 0, 'an SP without a node comes first')
  pace.took(0)
  t.equal(pace.room(9_999, 100, false), 0)
  t.equal(pace.room(10_000, 100, false), 1)
  t.equal(pace.room(2_000, 20, false), 1)
  t.equal(pace.room(29_999, 5_000, false), 0)
  t.equal(pace.room(30_000, 5_000, false), 1)
  t.end()
})

t.test('a moment of calm is not enough: they wait until it has kept up for a second', t => {
  const pace = new SparePace()
  t.equal(pace.room(0, 100, true), 0)
  t.equal(pace.room(999, 0, true), 0)
  t.equal(pace.room(1_000, 0, true), Number.POSITIVE_INFINITY)
  t.end()
})
