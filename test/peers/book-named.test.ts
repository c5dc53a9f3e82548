/** Nodes that an operator or the configuration names. */
import t from 'tap'
import type { PeerIdString } from '../../src/domain/brands.js'
import { A, at, B, entry, P, peer, Q, R, SELF, testBook, times } from './test-book.js'

const ids = (records: readonly { readonly peerId: string }[]) => records.map(({ peerId }) => peerId).sort()

t.test('an operator adds, removes and blocks nodes', t => {
  const { book, disk, events } = testBook({ bootstrap: [[Q, at('q')]] })
  book.sync([entry(A)])
  book.hint(R, [{ peerId: P, addresses: [at('hinted')] }])
  t.match(book.add(P, at('added')), { source: 'operator', state: 'hint' })
  t.match(disk.get(P), { standing: 'hint', source: 'operator' }, 'kept until it is removed')
  book.claim(P, A)
  book.sync([entry(A, peer(1))])
  t.match(book.get(P), { sp: undefined, state: 'hint' }, 'it survives the loss of its SP')
  t.ok(disk.has(P))
  book.block(P)
  t.match(book.get(P), { blocked: true })
  t.same(ids(book.candidates()), [peer(1), Q])
  book.sync([entry(A)])
  t.equal(book.claim(P, A), false)
  t.equal(book.unblock(P), true)
  t.equal(book.unblock(P), false)
  t.equal(book.claim(P, A), true)
  t.equal(book.remove(P), true)
  t.equal(book.remove(P), false)
  t.equal(disk.size, 0)
  t.ok(events.includes('pruned peer-p operator'))
  book.remove(Q)
  t.match(book.get(Q), { source: 'bootstrap', addresses: [{ address: at('q') }] }, 'the configuration still names it')
  t.end()
})

t.test('a configured node that gave its slot away stays in the book, and its SP is unknown again', t => {
  const { book } = testBook({ bootstrap: [[P, at('p')]] })
  book.sync([entry(A)])
  for (const one of [P, ...times(4, peer)]) t.equal(book.claim(one, A), true)
  t.match(book.get(P), { sp: undefined, state: 'hint', tied: false })
  t.match(
    book.candidates().find(({ peerId }) => peerId === P),
    { sp: undefined }
  )
  t.end()
})

t.test('whoever names our own peer id, it is in no book and on no disk', t => {
  const { disk, contents, ...before } = testBook()
  before.book.add(P, at('p'))
  const restored = contents()
  t.ok(disk.has(P), 'a node whose key has become ours, say')
  let selfPeerId: PeerIdString | undefined
  const test = testBook({ bootstrap: [[P, at('p')]], pins: [[A, P]], restored, selfPeerId: () => selfPeerId })
  const { book } = test
  t.ok(book.get(P), 'before the host tells who we are')
  selfPeerId = P
  book.meetSelf()
  t.equal(book.get(P), undefined, 'of bootstrap, pin and disk')
  t.equal(test.disk.has(P), false)
  t.same(test.gone, [], 'nobody was lost')
  book.sync([entry(SELF, P, Q), entry(B)])
  t.same(ids(book.list()), [Q], 'of the list')
  for (const from of [R, 'dht'] as const) book.hint(from, [{ peerId: P, addresses: [at('p')], sp: B }])
  t.equal(book.get(P), undefined, 'of pongs and the DHT')
  book.sync([entry(B)])
  t.equal(book.claim(P, B), false, 'of a signature')
  book.announced(P, [at('p')])
  book.remove(Q)
  t.same(ids(book.list()), [])
  t.end()
})

t.test('a sibling of ours is in the book and is not asked', t => {
  const { book } = testBook({ bootstrap: [[R, at('r')]], selfPeerId: () => P })
  book.sync([entry(SELF, P, Q)])
  t.same(ids(book.list()), [Q, R])
  t.same(ids(book.candidates()), [R])
  t.end()
})
