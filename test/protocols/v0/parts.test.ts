import { multiaddr } from '@multiformats/multiaddr'
import t from 'tap'
import { Uint8ArrayList } from 'uint8arraylist'
import { addressBlockOf } from '../../../src/protocols/door/address-block.js'
import { Collector } from '../../../src/protocols/door/collector.js'
import { ByteBudget, MessageGate } from '../../../src/protocols/door/message-gate.js'
import { batchFrames, type FrameSender } from '../../../src/protocols/muxer/frame-batch.js'
import { guardFrames } from '../../../src/protocols/muxer/frame-guard.js'

t.test('an address belongs to the block that one operator is taken to hold', async t => {
  const blocks: readonly (readonly [address: string, block: string])[] = [
    ['/ip4/192.0.2.77/tcp/1', '192.0.2.0/24'],
    ['/ip6/2001:db8:1:2:3:4:5:6/tcp/1', '2001:db8:1:2::/64'],
    ['/ip6/2001:db8::1/tcp/1', '2001:db8:0:0::/64'],
    ['/ip6/::1/tcp/1', '0:0:0:0::/64'],
    ['/ip6/::ffff:192.0.2.77/tcp/1', '192.0.2.0/24'],
    ['/ip6zone/eth0/ip6/fe80::1/tcp/1', 'fe80:0:0:0::/64'],
    ['/dns4/sp.example.com/tcp/1', '']
  ]
  for (const [address, block] of blocks) t.equal(addressBlockOf(multiaddr(address)), block, address)
})

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

t.test('frames are measured however the transport cuts them', async t => {
  const header = (type: number, length: number): Buffer => {
    const bytes = Buffer.alloc(12)
    bytes[1] = type
    bytes.writeUInt32BE(length, 8)
    return bytes
  }
  const good = Buffer.concat([
    header(1, 4_000_000),
    header(0, 3),
    Buffer.from('abc'),
    header(0, 100),
    Buffer.alloc(100)
  ])
  const bad = header(0, 101)
  for (let cut = 1; cut < good.length + bad.length; cut++) {
    const transport = new FakeTransport()
    guardFrames(transport as unknown as Parameters<typeof guardFrames>[0], 100)
    transport.receive(good.subarray(0, cut))
    transport.receive(good.subarray(cut))
    if (transport.aborted !== undefined) t.fail(`good frames cut at ${cut}`)
    const whole = Buffer.concat([good, bad])
    const second = new FakeTransport()
    guardFrames(second as unknown as Parameters<typeof guardFrames>[0], 100)
    second.receive(whole.subarray(0, cut))
    second.receive(whole.subarray(cut))
    if (second.aborted?.message !== 'yamux frame of 101 bytes, at most 100 expected') t.fail(`bad frame cut at ${cut}`)
  }
  t.pass('control frames carry any number, data frames at most the window')
})

t.test('frames written together leave together, in order, and back-pressure is told', async t => {
  const transport = new FakeTransport()
  const sent: string[] = []
  const muxer: FrameSender = {
    send: data => {
      sent.push(Buffer.from(data.subarray()).toString())
      return !transport.writableNeedsDrain
    }
  }
  batchFrames(muxer, transport as unknown as Parameters<typeof batchFrames>[1])
  t.equal(muxer.send(Buffer.from('a')), true)
  t.equal(muxer.send(new Uint8ArrayList(Buffer.from('b'), Buffer.from('c'))), true)
  t.same(sent, [])
  await Promise.resolve().then(() => muxer.send(Buffer.from('…')))
  t.same(sent, [], 'nor between two promise callbacks')
  await turn()
  t.same(sent, ['abc…'])
  transport.writableNeedsDrain = true
  t.equal(muxer.send(Buffer.from('d')), false)
  await turn()
  t.same(sent, ['abc…', 'd'])
  t.equal(muxer.send(Buffer.alloc(65_519, 'x')), false)
  t.equal(sent.pop()?.length, 65_519, 'a full batch leaves at once')
  muxer.send(Buffer.from('e'))
  transport.status = 'closed'
  await turn()
  t.same(sent, ['abc…', 'd'], 'a closed connection is left alone')

  const broken = new FakeTransport()
  const failing: FrameSender = {
    send: () => {
      throw new Error('closing')
    }
  }
  batchFrames(failing, broken as unknown as Parameters<typeof batchFrames>[1])
  t.equal(failing.send(Buffer.from('f')), true)
  await turn()
  t.equal(broken.aborted?.message, 'closing', 'a write that fails ends the connection')
})

class FakeTransport extends EventTarget {
  aborted: Error | undefined
  status = 'open'
  writableNeedsDrain = false

  abort(error: Error): void {
    this.aborted = error
  }

  receive(data: Uint8Array): void {
    this.dispatchEvent(Object.assign(new Event('message'), { data }))
  }
}

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
