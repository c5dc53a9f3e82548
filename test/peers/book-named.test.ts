/** Nodes that an operator or the configuration names. */
import t from 'tap'
import { A, at, entry, P, peer, Q, R, testBook, times } from './test-book.js'

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
