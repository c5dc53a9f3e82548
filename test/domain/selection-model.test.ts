/** Selection held against the plain way to say it, sort all and take the first, and what it costs in a large book. */
import fc from 'fast-check'
import t from 'tap'
import type { PeerIdString, SpAddress } from '../../src/domain/brands.js'
import {
  type Candidate,
  MAX_NODES_PER_SP_AND_ASK,
  type SelectionFacts,
  selectAll,
  type Target
} from '../../src/domain/selection.js'

const self = { sp: 'ours' as SpAddress, peerId: 'self' as PeerIdString }
const zombieAfter = 3

const orderKey = (node: Candidate, { isStraggler }: SelectionFacts): readonly number[] => [
  node.standing !== 'claimed' ? 0 : node.proven ? 1 : 2,
  node.connected ? 0 : 1,
  isStraggler(node.peerId) ? 1 : 0,
  node.failures,
  node.standing === 'hint' ? 1 : 0,
  node.rttMs ?? Number.MAX_VALUE
]

function inOrder(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index])
  return (a[at] ?? 0) - (b[at] ?? 0)
}

function model(candidates: readonly Candidate[], facts: SelectionFacts): Target[] {
  const asked = candidates.filter(({ peerId, sp }) => peerId !== self.peerId && sp !== self.sp)
  const sps = [...new Set(asked.flatMap(({ sp }) => sp ?? []))]
  const targets = sps.map((sp): Target => {
    const nodes = asked.filter(node => node.sp === sp)
    const living = nodes.filter(({ connected, failures }) => connected || failures < zombieAfter)
    const ranked = (living.length > 0 ? living : nodes)
      .map(node => ({ node, key: orderKey(node, facts) }))
      .sort((a, b) => inOrder(a.key, b.key))
      .map(({ node }) => node)
    const waits = ranked[0] === undefined || facts.isStraggler(ranked[0].peerId)
    const probe = waits ? undefined : ranked.find(node => node.connected && facts.probes.has(node.peerId))
    return { sp, nodes: ranked.filter(node => node !== probe).slice(0, MAX_NODES_PER_SP_AND_ASK), probe }
  })
  const start = targets.length === 0 ? 0 : facts.turn % targets.length
  const unknown = asked
    .filter(({ sp }) => sp === undefined)
    .map(node => ({ sp: undefined, nodes: [node], probe: undefined }))
  return [...targets.slice(start), ...targets.slice(0, start), ...unknown]
}

const nodeFacts = fc.record({
  sp: fc.option(fc.constantFrom('a', 'b', 'c', self.sp), { nil: undefined, freq: 8 }),
  rttMs: fc.option(fc.nat(3), { nil: undefined }),
  connected: fc.boolean(),
  standing: fc.constantFrom('hint' as const, 'claimed' as const, 'verified' as const),
  proven: fc.boolean(),
  failures: fc.nat(4),
  lags: fc.boolean(),
  probed: fc.boolean()
})

t.test('chooses whom sorting all nodes of each SP would choose, whatever their order', async t => {
  const seed = Date.now() & 0x7fffffff
  t.comment(`seed ${seed}`)
  fc.assert(
    fc.property(fc.array(nodeFacts, { maxLength: 30 }), fc.nat(9), (list, turn) => {
      const nodes = list.map(
        (facts, i): Candidate => ({ ...facts, sp: facts.sp as SpAddress | undefined, peerId: `n${i}` as PeerIdString })
      )
      const named = (is: (facts: (typeof list)[number]) => boolean): Set<PeerIdString> =>
        new Set(nodes.filter((_, i) => list[i] !== undefined && is(list[i])).map(({ peerId }) => peerId))
      const lagging = named(({ lags }) => lags)
      const probes = named(({ probed }) => probed)
      const facts = { self, isStraggler: (peerId: PeerIdString) => lagging.has(peerId), probes, zombieAfter, turn }
      t.strictSame(selectAll(nodes, facts), model(nodes, facts))
      return true
    }),
    { seed, numRuns: 2_000 }
  )
})

t.test('in a large book few nodes are looked at twice', async t => {
  const [sps, nodesEach] = [1_000, 32]
  const book = Array.from(
    { length: sps * nodesEach },
    (_, i): Candidate => ({
      peerId: `n${i}` as PeerIdString,
      sp: `sp-${Math.floor(i / nodesEach)}` as SpAddress,
      rttMs: (i * 7_919) % 400,
      connected: i % 3 === 0,
      standing: i % 4 === 0 ? 'claimed' : 'verified',
      proven: false,
      failures: 0
    })
  )
  let lookups = 0
  const isStraggler = (): boolean => {
    lookups++
    return false
  }
  selectAll(book, { self, isStraggler: isStraggler, probes: new Set(), zombieAfter, turn: 0 })
  t.ok(lookups < book.length / 2, `${lookups} lookups for ${book.length} nodes`)
})
