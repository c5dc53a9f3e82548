import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { DEFAULT_PEER_LIMITS } from '../../src/domain/peer-limits.js'
import { silentLogger } from '../../src/logger.js'
import { PeerBook } from '../../src/peers/book.js'
import { BookWriter } from '../../src/peers/book-writer.js'
import { levelBook } from '../../src/store/book-level.js'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.js'
import { ListTrust } from '../../src/trust/list-trust.js'
import { A, at, B, C, entry, P, peer, Q, R, SELF } from './test-book.js'

const WEEK_MS = 7 * 24 * 3_600_000

/** A book on disk, as a module starts and stops it. */
async function started(dir: string, clock: FakeClock) {
  const store = levelBook({ dir, clock })
  const keeping = new BookWriter(store, clock, silentLogger)
  const nothing = (): void => undefined
  const book = new PeerBook({
    self: { sp: SELF },
    bootstrap: [],
    trust: new ListTrust({ mode: 'auto', pins: new Map() }),
    limits: DEFAULT_PEER_LIMITS,
    isConnected: () => false,
    clock,
    events: { added: nothing, failed: nothing, recovered: nothing, pruned: nothing },
    keep: keeping.keep
  })
  await store.open()
  const kept = await store.load()
  keeping.start(kept)
  book.restore(kept)
  const stop = async (): Promise<void> => {
    await keeping.stop()
    await store.close()
  }
  return { book, stop }
}

t.test('after a week of downtime the book still names its nodes, in the state they were left in', async t => {
  const dir = join(mkdtempSync(join(tmpdir(), 'week-')), 'peers')
  t.teardown(() => rm(join(dir, '..'), { recursive: true, force: true }))
  const clock = fakeClock()
  const list = [entry(A, P, Q), entry(B, R), entry(C)]
  const first = await started(dir, clock)
  first.book.sync(list)
  for (const one of [P, Q, R]) first.book.contacted(one, { ok: true, rttMs: 7, dialled: at(one) })
  first.book.claim(peer('proven'), C)
  first.book.claim(peer('stranger'), C)
  first.book.proved(peer('proven'), C)
  first.book.hint(P, [{ peerId: peer('hint'), addresses: [at('hint')] }])
  for (let period = 0; period < 4; period++) {
    first.book.contacted(P, { ok: true })
    for (const one of period < 1 ? [Q, R] : [Q]) first.book.contacted(one, { ok: false, error: 'refused' })
    first.book.settle()
  }
  const states = (book: PeerBook) =>
    Object.fromEntries(book.list().map(({ peerId, sp, state }) => [peerId, `${state} ${sp}`]))
  const left = {
    [P]: `verified ${A}`,
    [Q]: `zombie ${A}`,
    [R]: `verified ${B}`,
    [peer('proven')]: `claimed ${C}`
  }
  t.match(states(first.book), left)
  await first.stop()

  await clock.advance(WEEK_MS)
  const second = await started(dir, clock)
  t.same(states(second.book), left, 'before a list is there; neither strangers nor hints')
  t.match(second.book.get(P), { rttMs: 7, addresses: [{ address: at(P) }], lastSuccess: clock.now() - WEEK_MS })
  second.book.sync(list)
  second.book.settle()
  t.same(states(second.book), left, 'and after it: time we were offline does not age a node')
  for (const one of [P, Q, R]) second.book.contacted(one, { ok: false, error: 'no route' })
  second.book.settle()
  t.same(states(second.book), left, 'nor does silence before anybody answered')
  second.book.contacted(Q, { ok: true, dialled: at('moved') })
  t.match(second.book.get(Q), { state: 'verified', failures: 0, addresses: [{ address: at('moved') }, {}] })
  await second.stop()
  const third = await started(dir, clock)
  t.match(third.book.get(Q), { state: 'verified', addresses: [{ address: at('moved') }, {}] })
  await third.stop()
})

t.test('an operator’s node and block survive a restart', async t => {
  const dir = join(mkdtempSync(join(tmpdir(), 'week-')), 'peers')
  t.teardown(() => rm(join(dir, '..'), { recursive: true, force: true }))
  const clock = fakeClock()
  const first = await started(dir, clock)
  first.book.add(P, at('p'))
  first.book.add(Q, at('q'))
  first.book.remove(Q)
  await first.stop()
  const second = await started(dir, clock)
  t.match(second.book.list(), [{ peerId: P, source: 'operator', addresses: [{ address: at('p') }] }])
  t.equal(second.book.list().length, 1)
  await second.stop()
})
