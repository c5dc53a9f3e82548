import fc from 'fast-check'
import t from 'tap'
import type { PeerIdString } from '../../src/domain/brands.js'
import { isZombie, type Standing } from '../../src/domain/node.js'
import { type PruneFacts, prune } from '../../src/domain/prune.js'
import type { Listing } from '../../src/domain/registry.js'
import { facts, SP, times } from './node-facts.js'

const RULES = { keepPerSp: 10, zombieAfterFailures: 3, online: true }
const zombie = (peerId: string, but: Partial<PruneFacts> = {}) => facts(peerId, { failures: 3, ...but })
const healthy = (count: number, but: Partial<PruneFacts> = {}) => times(count, n => facts(`well-${n}`, but))

t.test('a node is pruned only if its SP keeps enough backups (> KeepPerSp) and it failed several interactions', t => {
  const gone = prune([zombie('z'), ...healthy(11)], 'closed', RULES)
  t.same(gone, [{ peerId: 'z', why: 'zombie' }])
  t.same(prune([zombie('z'), ...healthy(10)], 'closed', RULES), [], 'ten backups are not more than KeepPerSp')
  t.same(prune([facts('f', { failures: 2 }), ...healthy(11)], 'closed', RULES), [], 'two failures are not several')
  t.end()
})

t.test("backups are the SP's other claimed or verified nodes that are not zombies", t => {
  const hints = times(20, n => facts(`hint-${n}`, { standing: 'hint' }))
  t.same(prune([zombie('z'), ...healthy(10), ...hints], 'closed', RULES), [], 'a hint is no backup')
  t.same(prune([...times(20, n => zombie(`z-${n}`)), ...healthy(10)], 'closed', RULES), [], 'nor is another zombie')
  const mixed = [...healthy(7), ...times(4, n => facts(`c-${n}`, { standing: 'claimed', failures: 1 }))]
  t.equal(prune([zombie('z'), ...mixed], 'closed', RULES).length, 1, 'one that is only failing is')
  t.equal(
    prune(times(20, n => zombie(`z-${n}`)).concat(healthy(11)), 'closed', RULES).length,
    20,
    'zombies go together'
  )
  t.end()
})

t.test('healthy nodes are not pruned, however many there are', t => {
  t.same(prune(healthy(100), 'closed', RULES), [])
  t.same(prune(healthy(100, { standing: 'claimed', tied: false }), 'open', RULES), [])
  t.end()
})

t.test('an SP always keeps its last known node', t => {
  for (const keepPerSp of [0, 1, 10]) t.same(prune([zombie('z')], 'closed', { ...RULES, keepPerSp }), [])
  const all = times(32, n => zombie(`z-${n}`, { standing: 'claimed', proven: true, tied: false }))
  t.same(prune(all, 'open', { ...RULES, keepPerSp: 0 }), [])
  t.end()
})

t.test('mere claims do not stand in for the last node that showed more', t => {
  const claims = times(4, n => facts(`c-${n}`, { standing: 'claimed', tied: false }))
  const proven = (peerId: string, failures: number) =>
    facts(peerId, { standing: 'claimed', proven: true, tied: false, failures })
  const rules = { ...RULES, keepPerSp: 2 }
  t.same(prune([proven('z', 3), ...claims], 'open', rules), [])
  t.equal(prune([proven('z', 3), proven('well', 0), ...claims], 'open', rules).length, 1)
  const claimed = facts('z', { standing: 'claimed', tied: false, failures: 3 })
  t.equal(prune([claimed, ...claims], 'open', rules).length, 1, 'a claim for a claim')
  t.end()
})

t.test('while our own network is down nothing is pruned as a zombie', t => {
  t.same(prune([zombie('z'), ...healthy(11)], 'closed', { ...RULES, online: false }), [])
  t.end()
})

t.test('what the configuration or an operator named is not pruned as a zombie', t => {
  t.same(prune([zombie('z', { configured: true }), ...healthy(11)], 'closed', RULES), [])
  t.end()
})

t.test('who spoke for an SP that left the list goes, healthy or not', t => {
  const gone = prune([facts('a'), zombie('b')], 'unlisted', { ...RULES, online: false })
  t.same(
    gone.map(({ peerId, why }) => [peerId, why]),
    [
      ['a', 'sp-left'],
      ['b', 'sp-left']
    ]
  )
  t.end()
})

t.test('an SP that replaces all its nodes keeps its old verified one until a new one is verified', t => {
  const old = facts('old', { tied: false })
  const fresh = facts('new', { standing: 'hint' })
  t.same(prune([old, fresh], 'closed', RULES), [])
  const verified = facts('new')
  t.same(prune([old, verified], 'closed', RULES), [{ peerId: 'old', why: 'replaced' }])
  const unproven = facts('claimed', { standing: 'claimed', tied: false })
  t.same(prune([unproven, fresh], 'closed', RULES), [{ peerId: 'claimed', why: 'replaced' }])
  t.end()
})

t.test('who may no longer speak for its SP is no backup of those who may', t => {
  const old = times(20, n => facts(`old-${n}`, { tied: false }))
  const gone = prune([zombie('z'), ...old], 'closed', RULES)
  t.notOk(gone.some(({ peerId }) => peerId === 'z'))
  t.end()
})

const node = fc.record({
  standing: fc.constantFrom<Standing>('hint', 'claimed', 'verified'),
  proven: fc.boolean(),
  tied: fc.boolean(),
  connected: fc.boolean(),
  configured: fc.boolean(),
  failures: fc.nat(5)
})

t.test(
  'for any nodes, rules and lists: no healthy node of a listed SP is pruned as a zombie, none loses its last',
  t => {
    fc.assert(
      fc.property(
        fc.array(node, { maxLength: 40 }),
        fc.constantFrom<Listing>('open', 'closed'),
        fc.record({ keepPerSp: fc.nat(12), zombieAfterFailures: fc.integer({ min: 1, max: 4 }), online: fc.boolean() }),
        (drawn, listing, rules) => {
          const nodes = drawn.map((about, n): PruneFacts => ({ ...about, sp: SP, peerId: `peer-${n}` as PeerIdString }))
          const gone = new Map(prune(nodes, listing, rules).map(({ peerId, why }) => [peerId, why]))
          const known = nodes.filter(({ standing }) => standing !== 'hint')
          const kept = known.filter(({ peerId }) => !gone.has(peerId))
          for (const { peerId, standing, failures } of nodes) {
            if (gone.get(peerId) === 'zombie' && !isZombie({ standing, failures }, rules.zombieAfterFailures))
              return false
            if (gone.get(peerId) === 'zombie' && !rules.online) return false
          }
          const permanent = known.some(({ standing, tied }) => standing === 'verified' && (listing === 'open' || tied))
          const zombies = known.some(({ peerId }) => gone.get(peerId) === 'zombie')
          return (!permanent || kept.length > 0) && (!zombies || kept.length > rules.keepPerSp)
        }
      ),
      { numRuns: 300, verbose: 1 }
    )
    t.end()
  }
)
