import t from 'tap'
import { FairBudget } from '../../../src/kit/fair-budget.js'
import { Collector } from '../../../src/protocols/door/collector.js'

t.test('a message is collected in whatever pieces, under its cap and the shared budget', async t => {
  const shared = new FairBudget(3_000, { all: { most: 3_000 } })
  const budget = shared.account('all', 'a')
  const whole = Uint8Array.from({ length: 2_000 }, (_, index) => index % 251)
  const byByte = new Collector(2_000, budget)
  for (const byte of whole) t.equal(byByte.add(Uint8Array.of(byte)), undefined)
  t.same(byByte.bytes(), whole)
  t.equal(shared.held, 2_000, 'it never holds more than its cap')
  t.equal(byByte.add(Uint8Array.of(1)), 'oversize')
  t.same(byByte.bytes(), whole, 'and keeps nothing of what was too much')

  const other = new Collector(2_000, shared.account('all', 'b'))
  t.equal(other.add([whole.subarray(0, 300), whole.subarray(300, 600)]), undefined)
  t.equal(other.add(whole.subarray(600)), 'no-room', 'the budget is shared')
  byByte.release()
  byByte.release()
  t.equal(other.add(whole.subarray(600)), undefined)
  t.same(other.bytes(), whole)
  other.release()
  t.equal(shared.held, 0, 'all of it comes back')
})
