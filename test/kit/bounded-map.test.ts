import t from 'tap'
import { BoundedMap } from '../../src/kit/bounded-map.js'

t.test('a full map forgets what was read or written longest ago, and tells its key', async t => {
  const evicted: string[] = []
  const map = new BoundedMap<string, number>(2, key => evicted.push(key))
  map.set('a', 1)
  map.set('b', 2)
  t.equal(map.get('a'), 1)
  map.set('c', 3)
  t.same(evicted, ['b'])
  t.notOk(map.has('b'))
  t.equal(map.size, 2)
})

t.test('peeking does not count as reading', async t => {
  const map = new BoundedMap<string, number>(2)
  map.set('a', 1)
  map.set('b', 2)
  t.equal(map.peek('a'), 1)
  map.set('c', 3)
  t.notOk(map.has('a'))
})

t.test('what is replaced or deleted was not evicted', async t => {
  const evicted: string[] = []
  const map = new BoundedMap<string, number>(2, key => evicted.push(key))
  map.set('a', 1)
  map.set('a', 2)
  map.delete('a')
  map.set('b', 1)
  map.clear()
  t.same(evicted, [])
})
