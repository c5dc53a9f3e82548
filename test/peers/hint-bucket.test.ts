import t from 'tap'
import { HINT_TRIES, MAX_HINTS, MAX_HINTS_PER_SOURCE } from '../../src/domain/peer-limits.js'
import { HintBucket } from '../../src/peers/hint-bucket.js'
import { peer, times } from './test-book.js'

const MOST = MAX_HINTS_PER_SOURCE

t.test('at most 64 hints of one teller, 512 in all', t => {
  const bucket = new HintBucket()
  for (const n of times(1_000, n => n)) bucket.add(peer(n), 'liar', MOST)
  t.equal(bucket.size, 64)
  for (const n of times(10_000, n => n)) bucket.add(peer(`s-${n}`), `sybil-${n}`, MOST)
  t.equal(bucket.size, 512)
  t.end()
})

t.test('a full bucket takes a hint of a new teller instead of the oldest of the one that told the most', t => {
  const bucket = new HintBucket()
  for (const n of times(MAX_HINTS, n => n)) bucket.add(peer(n), `liar-${n % 8}`, MOST)
  t.same(bucket.add(peer('honest'), 'honest', MOST), { added: true, displaced: peer(0) })
  t.equal(bucket.size, MAX_HINTS)
  t.same(bucket.add(peer('honest'), 'another', MOST), { added: false }, 'it is known')
  t.end()
})

t.test('tellers with one hint each make no room for each other', t => {
  const bucket = new HintBucket()
  for (const n of times(MAX_HINTS, n => n)) bucket.add(peer(n), `sybil-${n}`, MOST)
  t.same(bucket.add(peer('late'), 'late', MOST), { added: false })
  bucket.forget(peer(7))
  t.same(bucket.add(peer('late'), 'late', MOST), { added: true })
  t.end()
})

t.test('a hint is forgotten after its tries, and its teller may tell another', t => {
  const bucket = new HintBucket()
  for (const n of times(MOST, n => n)) bucket.add(peer(n), 'teller', MOST)
  t.equal(bucket.add(peer('more'), 'teller', MOST).added, false)
  t.same(
    times(HINT_TRIES, () => bucket.tried(peer(3))),
    [false, false, true]
  )
  t.equal(bucket.has(peer(3)), false)
  t.equal(bucket.add(peer('more'), 'teller', MOST).added, true)
  t.equal(bucket.tried(peer('nobody')), false, 'who was not hinted is never forgotten')
  t.end()
})
