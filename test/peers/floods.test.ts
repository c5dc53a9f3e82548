import t from 'tap'
import type { SpAddress } from '../../src/domain/brands.js'
import { DEFAULT_PEER_LIMITS, MAX_HINTS } from '../../src/domain/peer-limits.js'
import { at, entry, entryWith, peer, sp, type TestBook, testBook, times } from './test-book.js'

const SPS = times(20, n => sp(`${n}`))
const OPEN = [sp('open-0'), sp('open-1')]
const node = (n: number, m: number) => peer(`${n}-${m}`)

/** Twenty SPs of three verified nodes each, and two open ones with a proven node. */
function network(): TestBook & { now(but?: SpAddress): string; onDisk(but?: SpAddress): string } {
  const test = testBook()
  const list = SPS.map((of, n) => entry(of, ...times(3, m => node(n, m))))
  test.book.sync([...list, ...OPEN.map(of => entry(of))])
  for (const n of SPS.keys()) for (const m of times(3, m => m)) test.dialled(node(n, m))
  for (const of of OPEN) {
    test.connected.add(peer(of))
    test.book.claim(peer(of), of)
    test.book.proved(peer(of), of)
  }
  const but = (of: SpAddress | undefined) => (record: { readonly sp: SpAddress | undefined }) => record.sp !== of
  const permanent = () => test.book.list().filter(({ standing, proven }) => standing === 'verified' || proven)
  return {
    ...test,
    now: of => JSON.stringify(permanent().filter(but(of ?? sp('none')))),
    onDisk: of => JSON.stringify([...test.disk.values()].filter(but(of ?? sp('none'))))
  }
}

t.test('10,000 sybil peer ids with a replayed signature displace nobody and reach no disk', t => {
  const { book, now, onDisk } = network()
  const [before, kept] = [now(), onDisk()]
  for (const n of times(10_000, n => n)) {
    const sybil = peer(`sybil-${n}`)
    const of = n % 3 === 0 ? (SPS[n % 20] ?? SPS[0]) : OPEN[n % 2]
    if (of !== undefined) book.claim(sybil, of)
    book.announced(sybil, [at('evil')])
    book.contacted(sybil, { ok: true, rttMs: 1, dialled: at('evil') })
    if (n % 500 === 0) book.settle()
  }
  t.equal(now(), before)
  t.equal(onDisk(), kept)
  for (const of of OPEN) t.equal(book.list({ sp: of }).length, 5, 'four claimed and the proven one')
  t.same(
    book.list({ state: 'claimed' }).filter(({ sp }) => sp === undefined || !OPEN.includes(sp)),
    []
  )
  t.end()
})

t.test('pongs and DHT records full of invented nodes stay within the hints, and teach no known node an address', t => {
  const { book, now, onDisk } = network()
  const [before, kept] = [now(), onDisk()]
  const known = SPS.flatMap((_, n) => times(3, m => node(n, m)))
  for (const round of times(30, n => n)) {
    for (const from of known) {
      const invented = times(20, n => ({
        peerId: peer(`invented-${from}-${round}-${n}`),
        addresses: times(20, m => at(`${m}`))
      }))
      book.hint(from, [...invented, ...known.map(peerId => ({ peerId, addresses: [at('evil')] }))])
      book.hint(
        'dht',
        times(20, n => ({ peerId: peer(`dht-${from}-${round}-${n}`), addresses: [at('x')], sp: SPS[0] ?? sp('0') }))
      )
    }
    book.hint('dht', [{ peerId: peer(`honest-${round}`), addresses: [at('h')], sp: SPS[1] ?? sp('1') }])
  }
  const honest = book.list().filter(({ peerId, hintedSp }) => peerId.startsWith('peer-honest') && hintedSp === SPS[1])
  t.ok(honest.length >= 8, `${honest.length} true ones keep their share beside sixty liars`)
  t.ok(book.list({ state: 'hint' }).length <= MAX_HINTS)
  t.ok(book.list({ state: 'hint' }).every(({ addresses }) => addresses.length <= 8))
  t.equal(now(), before)
  t.equal(onDisk(), kept)
  t.end()
})

t.test('one SP claiming 1,000 nodes fills its own slots and nobody else’s', t => {
  const { book, now, onDisk, connected, dialled } = network()
  const greedy = sp('open-0')
  const [before, kept] = [now(greedy), onDisk(greedy)]
  for (const n of times(1_000, n => n)) {
    connected.add(peer(`greedy-${n}`))
    book.claim(peer(`greedy-${n}`), greedy)
    book.proved(peer(`greedy-${n}`), greedy)
  }
  t.ok(book.list({ sp: greedy }).length <= DEFAULT_PEER_LIMITS.maxPerSp)
  t.equal(now(greedy), before)
  t.equal(onDisk(greedy), kept)

  const listed = times(1_000, n => peer(`listed-${n}`))
  book.sync([
    ...SPS.map((of, n) => entry(of, ...times(3, m => node(n, m)))),
    entryWith(
      greedy,
      listed.map(id => [id, at(id)])
    )
  ])
  for (const peerId of listed) dialled(peerId)
  t.equal(book.list({ sp: greedy, state: 'verified' }).length, DEFAULT_PEER_LIMITS.maxPerSp)
  for (const of of SPS) t.equal(book.list({ sp: of, state: 'verified' }).length, 3)
  t.end()
})
