import fc from 'fast-check'
import t from 'tap'
import { type Admission, admit, type Rise } from '../../src/domain/admission.js'
import type { PeerIdString } from '../../src/domain/brands.js'
import { isZombie, type NodeFacts, type Standing } from '../../src/domain/node.js'
import { DEFAULT_PEER_LIMITS, MAX_CLAIMED_PER_SP } from '../../src/domain/peer-limits.js'
import { facts, SP, times } from './node-facts.js'

const LIMITS = DEFAULT_PEER_LIMITS
const room: Admission = { verdict: 'room' }
const full: Admission = { verdict: 'full' }
const instead = (of: string): Admission => ({ verdict: 'instead', of: of as PeerIdString })
const verified = (count: number): NodeFacts[] => times(count, n => facts(`v-${n}`))
const claimed = (peerId: string, but: Partial<NodeFacts> = {}): NodeFacts =>
  facts(peerId, { standing: 'claimed', tied: false, ...but })

t.test('an SP has at most 32 nodes: when all are healthy, a newly verified node waits', t => {
  t.same(admit(verified(31), 'verified', LIMITS), room)
  t.same(admit(verified(32), 'verified', LIMITS), full)
  t.end()
})

t.test("when full, a newly verified node takes a zombie's or failing node's place", t => {
  const failing = facts('failing', { failures: 1 })
  const zombie = facts('zombie', { failures: 5 })
  t.same(admit([...verified(31), failing], 'verified', LIMITS), instead('failing'))
  t.same(admit([...verified(30), failing, zombie], 'verified', LIMITS), instead('zombie'), 'the zombie first')
  t.end()
})

t.test('a newly verified node takes the place of one that shows less, before that of any verified one', t => {
  const rows = [
    facts('failing', { failures: 1 }),
    facts('zombie', { failures: 3 }),
    facts('unnamed', { tied: false }),
    claimed('proven', { proven: true }),
    claimed('claimed')
  ]
  for (let left = rows.length; left > 0; left--) {
    const held = [...verified(32 - left), ...rows.slice(0, left)]
    t.same(admit(held, 'verified', LIMITS), instead(rows[left - 1]?.peerId ?? ''))
  }
  const equals = [claimed('here', { connected: true }), claimed('away'), claimed('worse', { failures: 2 })]
  t.same(
    admit([...verified(29), ...equals], 'verified', LIMITS),
    instead('worse'),
    'of equals the one that failed most'
  )
  t.end()
})

t.test('an SP has at most four claimed nodes: one that is connected gives way to nobody', t => {
  const four = times(4, n => claimed(`c-${n}`, { connected: true }))
  t.same(admit(four.slice(1), 'claimed', LIMITS), room)
  t.same(admit(four, 'claimed', LIMITS), full)
  t.same(admit([...four.slice(1), claimed('away')], 'claimed', LIMITS), instead('away'))
  const proven = times(20, n => claimed(`p-${n}`, { proven: true }))
  t.same(admit([...proven, ...four.slice(1)], 'claimed', LIMITS), room, 'proven ones are not counted')
  t.end()
})

t.test('an unverified node never displaces a verified one, even a zombie', t => {
  const zombies = times(32, n => facts(`z-${n}`, { failures: 9 }))
  t.same(admit(zombies, 'claimed', LIMITS), full)
  t.same(admit(zombies, 'proven', LIMITS), full)
  t.end()
})

t.test('proven nodes leave slots for new ones, which get in even when all before them are gone', t => {
  const proven = (count: number, but: Partial<NodeFacts> = {}) =>
    times(count, n => claimed(`p-${n}`, { proven: true, ...but }))
  t.same(admit(proven(27), 'proven', LIMITS), room)
  t.same(admit(proven(28), 'proven', LIMITS), full, 'four of the 32 are for those who come')
  t.same(admit([...proven(27), claimed('gone', { proven: true, failures: 3 })], 'proven', LIMITS), instead('gone'))
  t.same(admit(proven(32), 'claimed', LIMITS), full, 'nobody who is well gives way')
  t.same(admit(proven(32, { failures: 3 }), 'claimed', LIMITS), instead('p-0'))
  const small = { ...LIMITS, maxPerSp: 1 }
  t.same(admit([], 'proven', small), room)
  t.same(admit(proven(1, { failures: 3 }), 'claimed', small), instead('p-0'))
  t.same(admit(proven(1, { failures: 3, connected: true }), 'claimed', small), full)
  t.end()
})

const held = fc.array(
  fc.record({
    standing: fc.constantFrom<Standing>('claimed', 'verified'),
    proven: fc.boolean(),
    tied: fc.boolean(),
    connected: fc.boolean(),
    failures: fc.nat(4)
  }),
  { maxLength: 34 }
)

t.test('for any SP: nobody takes the slot of a healthy verified node, and the bounds hold', t => {
  fc.assert(
    fc.property(
      held,
      fc.constantFrom<Rise>('claimed', 'proven', 'verified'),
      fc.integer({ min: 1, max: 32 }),
      (drawn, to, maxPerSp) => {
        const nodes = drawn.map((about, n): NodeFacts => ({ ...about, peerId: `peer-${n}` as PeerIdString, sp: SP }))
        const admission = admit(nodes, to, { ...LIMITS, maxPerSp })
        if (admission.verdict === 'room') {
          const unproven = nodes.filter(({ standing, proven }) => standing === 'claimed' && !proven).length
          return to === 'proven' || (nodes.length < maxPerSp && (to === 'verified' || unproven < MAX_CLAIMED_PER_SP))
        }
        if (admission.verdict === 'full') return true
        const gone = nodes.find(({ peerId }) => peerId === admission.of)
        if (gone === undefined) return false
        const verified = gone.standing === 'verified' && gone.tied
        return to === 'verified' ? !verified || gone.failures > 0 : gone.standing === 'claimed' && !gone.connected
      }
    ),
    { numRuns: 500, verbose: 1 }
  )
  t.end()
})

t.test('a node that only an approval proved gives its slot to a newcomer only as a zombie', t => {
  const failing = times(32, n => claimed(`p-${n}`, { proven: true, failures: 2 }))
  t.ok(failing.every(node => !isZombie(node, LIMITS.zombieAfterFailures)))
  t.same(admit(failing, 'claimed', LIMITS), full)
  t.end()
})
