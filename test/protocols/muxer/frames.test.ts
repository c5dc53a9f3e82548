import t from 'tap'
import { Uint8ArrayList } from 'uint8arraylist'
import { batchFrames, type FrameSender } from '../../../src/protocols/muxer/frame-batch.js'
import { guardFrames } from '../../../src/protocols/muxer/frame-guard.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'

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
  const allowance = {
    open: () => 'go' as const,
    hasToWait: () => false,
    mayFrame: () => true,
    weOpened: () => undefined
  }
  const init = { maxFrameBytes: 100, allowance, clock: fakeClock() }
  for (let cut = 1; cut < good.length + bad.length; cut++) {
    const transport = new FakeTransport()
    guardFrames(transport as unknown as Parameters<typeof guardFrames>[0], init)
    transport.receive(good.subarray(0, cut))
    transport.receive(good.subarray(cut))
    if (transport.aborted !== undefined) t.fail(`good frames cut at ${cut}`)
    const whole = Buffer.concat([good, bad])
    const second = new FakeTransport()
    guardFrames(second as unknown as Parameters<typeof guardFrames>[0], init)
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

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
