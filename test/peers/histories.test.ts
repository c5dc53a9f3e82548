import fc from 'fast-check'
import t from 'tap'
import type { SpEntry } from '../../src/domain/registry.js'
import { BOOTSTRAP, History, PEERS, SPS, type Step } from './history.js'
import { entry, peer } from './test-book.js'

const onePeer = fc.constantFrom(...PEERS, BOOTSTRAP)
const stranger = fc.nat(2_000).map(n => peer(`stranger-${n}`))
const oneSp = fc.constantFrom(...SPS)
const contact: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('dialled'), peer: onePeer }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constantFrom('answered', 'failed', 'announced'), peer: onePeer }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constantFrom('claim', 'proved'), peer: onePeer, sp: oneSp }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('hint'),
      from: fc.oneof(onePeer, fc.constant('dht' as const)),
      about: fc.array(fc.oneof(onePeer, stranger), { maxLength: 80 })
    })
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('fall'), peers: fc.subarray(PEERS, { minLength: 1 }) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constantFrom('settle', 'outage', 'restart') }) }
)
/** Each SP: absent, open, or naming some peers; a peer is named once. */
const list: fc.Arbitrary<readonly SpEntry[]> = fc
  .record({
    kinds: fc.array(fc.constantFrom('absent', 'open', 'closed'), { minLength: SPS.length, maxLength: SPS.length }),
    owners: fc.array(fc.nat(SPS.length), { minLength: PEERS.length, maxLength: PEERS.length })
  })
  .map(({ kinds, owners }) =>
    SPS.flatMap((of, index) => {
      if (kinds[index] === 'absent') return []
      const named = kinds[index] === 'closed' ? PEERS.filter((_, n) => owners[n] === index) : []
      return [entry(of, ...named)]
    })
  )

const replay = (first: readonly SpEntry[], steps: readonly Step[]): void => {
  const history = new History()
  history.run({ type: 'list', entries: first })
  for (const step of steps) history.run(step)
}

t.test('for any history of contacts, every listed SP that ever had a verified node keeps one', t => {
  const history = fc.property(list, fc.array(contact, { minLength: 10, maxLength: 60 }), replay)
  t.doesNotThrow(() => fc.assert(history, { numRuns: 300, verbose: 1 }))
  t.end()
})

t.test('for any history with changing lists, bounds, slots and what is on disk hold', t => {
  const changed: fc.Arbitrary<Step> = fc.record({ type: fc.constant('list'), entries: list })
  const step = fc.oneof({ weight: 6, arbitrary: contact }, { weight: 1, arbitrary: changed })
  const history = fc.property(list, fc.array(step, { minLength: 10, maxLength: 60 }), replay)
  t.doesNotThrow(() => fc.assert(history, { numRuns: 300, verbose: 1 }))
  t.end()
})
