import fc from 'fast-check'
import t from 'tap'
import type { SpAddress } from '../../src/domain/brands.js'
import { type ContactOutcome, ownOutage } from '../../src/domain/outage.js'
import { times } from './node-facts.js'

const sp = (n: number): SpAddress => `sp-${n}` as SpAddress
const contacts = (failed: number, well: number, sps = failed): ContactOutcome[] => [
  ...times(failed, n => ({ sp: sp(n % sps), ok: false })),
  ...times(well, n => ({ sp: sp(100 + n), ok: true }))
]

t.test('our own outage: at least 90 % of the contacts across at least three SPs fail within one period', t => {
  t.equal(ownOutage(contacts(10, 0)), true)
  t.equal(ownOutage(contacts(9, 1)), true, '90 %')
  t.equal(ownOutage(contacts(89, 11)), false, '89 %')
  t.equal(ownOutage(contacts(3, 0)), true, 'three SPs')
  t.equal(ownOutage(contacts(2, 0)), false, 'two SPs may well be down at once')
  t.equal(ownOutage(contacts(30, 0, 2)), false, 'thirty nodes of two SPs are two SPs')
  t.equal(ownOutage([]), false)
  t.end()
})

t.test('contacts of nodes of no known SP count, and make no SP', t => {
  t.equal(ownOutage([...contacts(2, 0), { sp: undefined, ok: false }, { sp: undefined, ok: false }]), false)
  t.equal(ownOutage([...contacts(3, 0), { sp: undefined, ok: true }]), false, 'one of four answered')
  t.end()
})

t.test('another failure never ends an outage, another answer never begins one', t => {
  const outcome = fc.record({ sp: fc.nat(5).map(sp), ok: fc.boolean() })
  fc.assert(
    fc.property(fc.array(outcome, { maxLength: 60 }), fc.nat(5).map(sp), (all, more) => {
      const before = ownOutage(all)
      return before ? ownOutage([...all, { sp: more, ok: false }]) : !ownOutage([...all, { sp: more, ok: true }])
    }),
    { numRuns: 300, verbose: 1 }
  )
  t.end()
})
