import t from 'tap'
import { Collector } from '../../../src/protocols/door/collector.js'
import { ByteBudget, MessageGate } from '../../../src/protocols/door/message-gate.js'

t.test('a message is collected in whatever pieces, under its cap and the shared budget', async t => {
  const budget = new ByteBudget(3_000)
  const whole = Uint8Array.from({ length: 2_000 }, (_, index) => index % 251)
  const byByte = new Collector(2_000, budget)
  for (const byte of whole) t.equal(byByte.add(Uint8Array.of(byte)), undefined)
  t.same(byByte.bytes(), whole)
  t.equal(budget.free, 1_000, 'it never holds more than its cap')
  t.equal(byByte.add(Uint8Array.of(1)), 'oversize')
  t.same(byByte.bytes(), whole, 'and keeps nothing of what was too much')

  const other = new Collector(2_000, budget)
  t.equal(other.add([whole.subarray(0, 300), whole.subarray(300, 600)]), undefined)
  t.equal(other.add(whole.subarray(600)), 'no-room', 'the budget is shared')
  byByte.release()
  t.equal(other.add(whole.subarray(600)), undefined)
  t.same(other.bytes(), whole)
  other.release()
  t.equal(budget.free, 3_000, 'all of it comes back')
})

t.test('the gate counts per peer and in all', async t => {
  const gate = new MessageGate({ inAll: 3 })
  const first = gate.enter('a', 2)
  t.ok(first)
  t.ok(gate.enter('a', 2))
  t.notOk(gate.enter('a', 2), 'full for a')
  const other = gate.enter('b', 2)
  t.ok(other)
  t.notOk(gate.enter('c', 2), 'full in all')
  first?.()
  t.ok(gate.enter('c', 2))
  t.equal(gate.inWork, 3)
})
