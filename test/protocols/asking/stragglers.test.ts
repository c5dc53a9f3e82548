import t from 'tap'
import type { PeerIdString, SpAddress, TaskKey } from '../../../src/domain/brands.js'
import type { Candidate } from '../../../src/domain/selection.js'
import { Stragglers } from '../../../src/protocols/asking/stragglers.js'

const LATE = 1_000
const node = (name: string, sp: string | undefined, connected: boolean): Candidate => ({
  peerId: name as PeerIdString,
  sp: sp as SpAddress | undefined,
  rttMs: 1,
  connected,
  standing: 'verified',
  proven: false,
  failures: 0
})

/** Nodes that were asked over a connection and did not answer. */
function silent(...nodes: readonly Candidate[]): Stragglers {
  const lagging = new Stragglers()
  for (const { peerId, sp } of nodes) {
    lagging.owes(peerId, { key: 'k' as TaskKey, sp, sentAt: 0, patienceMs: 100, connected: true }, LATE)
  }
  return lagging
}

const lag = (lagging: Stragglers, names: readonly string[]): string[] =>
  names.filter(name => lagging.has(name as PeerIdString, LATE))

t.test('what a node owes over a connection that is gone does not count for the next one', async t => {
  const nodes = (connected: boolean) => [node('a', 'A', connected), node('b', 'B', true), node('c', 'A', connected)]
  const lagging = silent(...nodes(true))
  lagging.review(nodes(true))
  t.same(lag(lagging, ['a', 'b', 'c']), ['a', 'b', 'c'], 'the connection stands')
  lagging.review(nodes(false))
  t.same(lag(lagging, ['a', 'b', 'c']), ['a', 'b', 'c'], 'still silent')
  t.same([...lagging.probes(10_000)], ['b'], 'nobody is probed whom one had to dial')
  lagging.review(nodes(true))
  t.same(lag(lagging, ['a', 'b', 'c']), ['b'])
})

t.test('the same holds for one that told its SP after it was asked', async t => {
  const lagging = silent(node('a', undefined, true))
  lagging.review([node('b', 'B', true), node('a', 'A', false)])
  lagging.review([node('b', 'B', true), node('a', 'A', true)])
  t.same(lag(lagging, ['a']), [])
})

t.test('and for one whose SP is still unknown', async t => {
  const lagging = silent(node('a', undefined, true))
  lagging.review([node('a', undefined, false)])
  lagging.review([node('a', undefined, true)])
  t.same(lag(lagging, ['a']), [])
})
