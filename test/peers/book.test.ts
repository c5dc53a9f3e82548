import t from 'tap'
import { A, at, B, C, entry, P, peer, Q, R, testBook, times } from './test-book.js'

const ids = (records: readonly { readonly peerId: string }[]) => records.map(({ peerId }) => peerId).sort()

t.test('verified: tied to its SP by list or pin, and it answered our own dial', t => {
  const { book, events, disk, dialled } = testBook({ pins: [[B, Q]] })
  book.sync([entry(A, P), entry(B)])
  t.match(book.get(P), { sp: A, state: 'hint', tied: true })
  book.contacted(P, { ok: true, rttMs: 5 })
  t.match(book.get(P), { state: 'hint', rttMs: 5 }, 'a pong on a connection of its own is no dial of ours')
  dialled(P)
  dialled(Q, at('q'))
  t.match(book.get(P), { sp: A, state: 'verified' })
  t.match(book.get(Q), { sp: B, state: 'verified', addresses: [{ address: at('q') }] })
  t.same(events, ['added peer-p', 'added peer-q'])
  t.same([...disk.keys()], [P, Q])
  t.end()
})

t.test('claimed: a 0.0.1 ping or pong alone, never on disk; an approval of our own fresh ask puts it there', t => {
  const { book, disk, dialled } = testBook()
  book.sync([entry(A), entry(B, Q)])
  t.equal(book.claim(P, A), true)
  dialled(P)
  book.announced(P, [at('p')])
  t.match(book.get(P), { sp: A, state: 'claimed', proven: false })
  t.equal(disk.size, 0)
  book.proved(P, B)
  t.equal(disk.size, 0, 'of another SP')
  book.proved(P, A)
  t.match(disk.get(P), { standing: 'claimed', proven: true, sp: A })
  t.equal(book.claim(P, B), false, 'an SP that names its nodes has no others')
  t.equal(book.claim(Q, A), false, 'nor does a named node speak for another')
  t.equal(book.claim(Q, B), true)
  t.equal(book.claim(R, C), false, 'not listed')
  t.equal(book.get(R), undefined)
  t.end()
})

t.test('an open SP has four claimed nodes; one that is connected gives way to nobody', t => {
  const { book, connected } = testBook()
  book.sync([entry(A), entry(B)])
  const peers = times(6, peer)
  for (const one of peers.slice(0, 4)) {
    connected.add(one)
    t.equal(book.claim(one, A), true)
  }
  t.equal(book.claim(peer(4), A), false)
  connected.delete(peer(1))
  t.equal(book.claim(peer(4), A), true)
  t.equal(book.get(peer(1)), undefined)
  t.equal(book.claim(peer(0), B), true, 'a node moves to the SP it speaks for now')
  t.equal(book.list({ sp: A }).length, 3)
  book.sync([entry(A, Q), entry(B)])
  t.same(ids(book.list()), [peer(0), Q], 'none speaks for an SP that names its nodes')
  t.end()
})

t.test(
  'an SP that becomes open keeps its verified nodes below, one that closes keeps the proven until one is verified',
  t => {
    const { book, disk, dialled } = testBook()
    book.sync([entry(A, P)])
    dialled(P)
    book.sync([entry(A)])
    t.match(book.get(P), { state: 'claimed', proven: true })
    t.match(disk.get(P), { standing: 'claimed', proven: true })
    t.equal(book.claim(Q, A), true)
    book.sync([entry(A, R)])
    t.equal(book.get(Q), undefined, 'a mere claim is gone at once')
    t.match(book.get(P), { state: 'claimed' })
    dialled(R)
    book.settle()
    t.equal(book.get(P), undefined)
    t.same([...disk.keys()], [R])
    book.sync([entry(A, R, P)])
    dialled(P)
    t.match(book.get(P), { state: 'verified' }, 'named again')
    t.end()
  }
)

t.test('why a dial failed is known in a word until the node answers or fails in another way', t => {
  const { book } = testBook()
  book.sync([entry(A, P)])
  book.contacted(P, { ok: false, error: 'the connection was refused or reset', kind: 'refused' })
  t.match(book.get(P), { lastError: 'the connection was refused or reset', lastErrorKind: 'refused' })
  book.contacted(P, { ok: false, error: 'no pong within 5000 ms' })
  t.match(book.get(P), { lastError: 'no pong within 5000 ms', lastErrorKind: undefined })
  book.contacted(P, { ok: false, error: 'the handshake failed', kind: 'protocol' })
  book.contacted(P, { ok: true })
  t.match(book.get(P), { lastError: undefined, lastErrorKind: undefined })
  t.end()
})

t.test('a new start has heard of nobody: silence says nothing yet', t => {
  const { book, dialled, contents } = testBook()
  book.sync([entry(A, P)])
  const period = (): void => {
    book.contacted(Q, { ok: true })
    book.contacted(P, { ok: false, error: 'refused' })
    book.settle()
  }
  dialled(P)
  book.add(Q, at('q'))
  period()
  period()
  t.match(book.get(P), { failures: 1 })
  book.restore(contents())
  book.contacted(P, { ok: false, error: 'refused' })
  book.settle()
  t.match(book.get(P), { failures: 1 })
  t.end()
})

t.test('a node that answers again is healthy at once', t => {
  const { book, events, fails, dialled } = testBook()
  book.sync([entry(A, P)])
  dialled(P)
  fails(P, 4)
  t.match(book.get(P), { state: 'zombie', failures: 4, lastError: 'refused' })
  book.contacted(P, { ok: true })
  t.match(book.get(P), { state: 'verified', failures: 0, lastError: undefined })
  t.equal(events.at(-1), 'recovered peer-p')
  t.end()
})

t.test('a zombie of the list with enough backups is pruned for good, until it shows itself or is named anew', t => {
  const { book, events, disk, fails, dialled } = testBook({ limits: { keepPerSp: 2 } })
  const list = [entry(A, P, peer(1), peer(2), peer(3))]
  book.sync(list)
  for (const one of [P, peer(1), peer(2), peer(3)]) dialled(one)
  fails(P, 3)
  t.equal(events.at(-1), 'pruned peer-p zombie')
  t.equal(disk.has(P), false)
  book.sync([...list, entry(B)])
  book.hint(Q, [{ peerId: P, addresses: [at('x')] }])
  t.equal(book.get(P), undefined, 'the next list does not bring it back, nor does hearsay')
  t.equal(book.claim(P, A), true)
  t.match(book.get(P), { sp: A, tied: true, failures: 0 }, 'it spoke to us')
  dialled(P)
  fails(P, 3)
  t.equal(book.get(P), undefined)
  book.sync([entry(A, peer(1), peer(2), peer(3)), entry(B)])
  book.sync([...list, entry(B)])
  t.match(book.get(P), { sp: A, state: 'hint' }, 'named anew')
  t.end()
})

t.test('backups of another SP do not make room for a zombie to go, and nodes of no known SP are left alone', t => {
  const { book, fails, dialled } = testBook({ limits: { keepPerSp: 0 }, bootstrap: [[R, at('r')]] })
  const others = times(5, n => peer(n))
  book.sync([entry(A, P), entry(B, ...others)])
  for (const one of [P, ...others]) dialled(one)
  fails(P, 3)
  fails(R, 3)
  t.match(book.get(P), { sp: A, state: 'zombie' })
  t.match(book.get(R), { sp: undefined, state: 'hint', failures: 3 })
  t.end()
})

t.test('in a full SP a healthy newcomer takes the place of a failing node, which waits and is not forgotten', t => {
  const { book, events, disk, fails, dialled } = testBook({ limits: { maxPerSp: 2 } })
  book.sync([entry(A, P, Q, R)])
  dialled(P)
  dialled(Q)
  dialled(R)
  t.match(book.get(R), { state: 'hint' }, 'it waits')
  fails(P, 1)
  dialled(R)
  t.match(book.get(R), { state: 'verified' })
  t.match(book.get(P), { sp: A, state: 'hint', failures: 1 })
  t.same([...disk.keys()].sort(), [Q, R])
  t.ok(events.includes('pruned peer-p displaced'))
  t.end()
})

t.test('hints: a known node learns no address from them, and they reach neither disk nor ask', t => {
  const { book, disk, dialled } = testBook()
  book.sync([entry(A, P), entry(B)])
  dialled(P)
  const evil = { peerId: P, addresses: [at('evil')] }
  book.hint(Q, [evil, { peerId: R, addresses: [at('r')] }, { peerId: peer(7), addresses: [] }])
  book.hint('dht', [evil, { peerId: peer(8), addresses: [at('d')], sp: B }])
  t.same(
    book.get(P)?.addresses.map(({ address }) => address),
    [at(P)]
  )
  t.match(book.get(R), { sp: undefined, state: 'hint', source: 'pong' })
  t.match(book.get(peer(8)), { sp: undefined, source: 'dht', hintedSp: B }, 'said to be of B, and not believed')
  t.equal(book.get(peer(7)), undefined, 'without an address it is no use')
  t.same(ids(book.candidates()), [P])
  dialled(R)
  t.match(book.get(R), { state: 'hint' })
  t.same([...disk.keys()], [P])
  t.equal(book.claim(R, B), true, 'its own word makes it claimed')
  t.end()
})

t.test('something only heard of is forgotten after three dials that came to nothing', t => {
  const { book, fails, dialled } = testBook()
  book.sync([entry(A)])
  book.hint(
    Q,
    [P, R].map(peerId => ({ peerId, addresses: [at('x')] }))
  )
  fails(P, 2)
  t.ok(book.get(P))
  fails(P, 1)
  t.equal(book.get(P), undefined)
  for (let time = 0; time < 3; time++) {
    t.ok(book.get(R))
    dialled(R)
  }
  t.equal(book.get(R), undefined, 'it answers, but speaks for nobody')
  t.end()
})

t.test('a node named without addresses is tried at what others tell, which is never kept', t => {
  const { book, disk, dialled } = testBook({ pins: [[A, P]] })
  book.sync([entry(A)])
  const told = () => book.get(P)?.addresses.map(({ address }) => address)
  book.hint(Q, [{ peerId: P, addresses: times(9, n => at(`lie-${n}`)) }])
  const lies = times(4, n => at(`lie-${n}`))
  t.same(told(), lies, 'four of each teller')
  book.hint(R, [{ peerId: P, addresses: [at('true')] }])
  t.same(told(), [at('true'), ...lies])
  book.contacted(P, { ok: false, error: 'refused' })
  t.same(told(), [...lies, at('true')])
  t.equal(disk.size, 0)
  dialled(P, at('true'))
  t.same(told(), [at('true')])
  t.same(
    disk.get(P)?.addresses.map(({ address }) => address),
    [at('true')]
  )
  t.end()
})

t.test('states are counted, and pongs tell one node of each SP before the second of any', t => {
  const { book, clock, fails, dialled } = testBook()
  book.sync([entry(A, peer(1), peer(2)), entry(B, peer(3), peer(4)), entry(C)])
  for (const n of [1, 2, 3, 4]) dialled(peer(n))
  book.claim(R, C)
  fails(peer(4), 1)
  book.hint(P, [{ peerId: Q, addresses: [at('q')] }])
  t.same(book.counts(), { hint: 1, claimed: 1, verified: 3, failing: 1, zombie: 0 })
  t.same(new Set(book.tellable(2).map(({ sp }) => sp)), new Set([A, B]), 'claimed nodes are never passed on')
  t.same(ids(book.tellable(9)), [1, 2, 3].map(peer), 'nor failing ones')
  t.equal(book.tellable(1), book.tellable(1), 'the same for a while: a pong is signed once')
  const told = times(3, () => {
    clock.stall(2_000)
    return book.tellable(1)[0]?.sp
  })
  t.same(new Set(told), new Set([A, B]), 'then others have their turn')
  t.end()
})
