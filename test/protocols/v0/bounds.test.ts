import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t, { type Test } from 'tap'
import { encodeTask } from '../../../src/codec/task-codec.js'
import {
  ANSWER_PROTOCOL,
  ASK_PROTOCOL,
  MAX_PING_BYTES,
  MAX_PONG_BYTES,
  MAX_TASK_BYTES,
  PING_PROTOCOL,
  PONG_PROTOCOL
} from '../../../src/constants.js'
import { DEFAULT_VERSIONED_PARAMS } from '../../../src/domain/task-defaults.js'
import { STREAM_WINDOW_BYTES } from '../../../src/protocols/muxer/one-shot-muxer.js'
import { awaited } from '../../support/awaited.js'
import {
  approvalOf,
  counted,
  granted,
  type TestNode,
  TestRegistry,
  testNode,
  testTask,
  until,
  within
} from './harness.js'
import { type RawPeer, rawPeer, transport, wholeStream, writePieces } from './raw-peer.js'

const CAPS = [
  [PING_PROTOCOL, MAX_PING_BYTES],
  [PONG_PROTOCOL, MAX_PONG_BYTES],
  [ASK_PROTOCOL, MAX_TASK_BYTES],
  [ANSWER_PROTOCOL, MAX_TASK_BYTES]
] as const

t.test('a message over its cap is reset within a chunk of it', async t => {
  const { node, peer } = await pair(t)
  const connection = await peer.connect(node)
  for (const [protocol, cap] of CAPS) {
    for (const size of [cap + 1, 1_048_576, 16 * 1_048_576]) {
      const stream = await peer.open(connection, protocol)
      const reset = new Promise<number>(resolve => stream.addEventListener('close', () => resolve(written)))
      let written = 0
      const chunk = new Uint8Array(16_384)
      const write = async (): Promise<void> => {
        stream.send(wholeStream(protocol, new Uint8Array(0)))
        while (written < size && stream.status === 'open') {
          const part = chunk.subarray(0, Math.min(chunk.length, size - written))
          written += part.length
          if (!stream.send(part))
            await new Promise(resolve => stream.addEventListener('drain', resolve, { once: true }))
        }
        await stream.close(within())
      }
      write().catch(() => undefined)
      const at = await awaited('the stream to be reset', reset)
      // What was written includes what the window let through while the reset was on its way.
      t.ok(at <= cap + 2 * STREAM_WINDOW_BYTES, `${protocol}: ${size} bytes, reset after ${at}`)
    }
    const { values } = await node.metrics.oversize.get()
    t.equal(values.find(({ labels }) => labels.protocol === protocol)?.value, 3)
  }
  t.equal(node.wire.load.messages, 0)
})

t.test('messages that stop short of their end hold at most twice their cap each', async t => {
  const { node, peer } = await pair(t)
  const connection = await peer.connect(node)
  for (const [protocol, cap] of CAPS) {
    collectGarbage()
    const before = process.memoryUsage().arrayBuffers
    const streams = 16
    for (let index = 0; index < streams; index++) {
      const stream = await peer.open(connection, protocol)
      const whole = wholeStream(protocol, new Uint8Array(cap))
      // In pieces that do not divide the cap, as a network would cut them.
      for (let at = 0; at < whole.length; at += 1_021) stream.send(whole.subarray(at, at + 1_021))
    }
    await until(() => node.wire.load.messages === streams, 'all to be held')
    await until(
      () => node.host.connections()[0]?.streams.every(stream => stream.readBufferLength === 0) === true,
      'read'
    )
    // What is still on its way counts too, since the peer shares this process: wait until it has settled.
    const held = (): number => {
      collectGarbage()
      return (process.memoryUsage().arrayBuffers - before) / streams
    }
    await until(() => held() < 2 * cap + 16_384, `${protocol}: less than twice ${cap} bytes to be held each`)
    t.ok(held() < 2 * cap + 16_384, `${protocol}: ${Math.round(held())} bytes for each ${cap}`)
    t.equal(node.wire.load.messages, streams, 'by messages that are still read')
    await node.wire.stop(within(1))
    await node.wire.start()
  }
})

t.test('messages that end the Go process are survived, refused or handed on', async t => {
  const { node, peer } = await pair(t)
  const connection = await peer.connect(node)
  const send = async (protocol: string, message: Uint8Array): Promise<void> =>
    writePieces(await peer.open(connection, protocol), [wholeStream(protocol, message)])
  for (const [protocol] of CAPS) await send(protocol, new Uint8Array(0))
  await send(ASK_PROTOCOL, encodeTask(testTask((2n ** 64n).toString())))
  const versionedParams = { ...DEFAULT_VERSIONED_PARAMS, redundantDataChunkNum: 2 ** 32 - 1 }
  const task = testTask()
  if (task.storageParams === undefined) return t.fail('the task has parameters')
  await send(ASK_PROTOCOL, encodeTask({ ...task, storageParams: { ...task.storageParams, versionedParams } }))
  await send(ANSWER_PROTOCOL, encodeTask(task))
  await until(() => node.asks.length === 2, 'both asks')
  t.equal(node.asks[0]?.task.objectInfo?.id, '18446744073709551616')
  t.equal(node.asks[1]?.task.storageParams?.versionedParams.redundantDataChunkNum, 4_294_967_295)
  await until(() => node.wire.load.messages === 0, 'all handled')
  t.equal(await counted(node.metrics.requestsReceived, 'malformed'), 1, 'the empty ask')
  t.equal(await counted(node.metrics.approvalsReceived, 'malformed'), 2, 'the empty and the unsigned answer')
  t.same(node.answers, [])
})

t.test('what a handler throws escapes nowhere', async t => {
  const errors: object[] = []
  const registry = new TestRegistry()
  const node = await testNode({
    registry,
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: fields => errors.push(fields) },
    onAsk: () => Promise.reject(new Error('approver failed')),
    lateReplies: {
      answeredLate: () => {
        throw new Error('asker failed')
      }
    }
  })
  const peer = await rawPeer()
  t.teardown(() => Promise.all([node.stop(), peer.stop()]))
  const connection = await peer.connect(node)
  const messages = [encodeTask(testTask()), approvalOf(testTask())]
  for (const [index, protocol] of [ASK_PROTOCOL, ANSWER_PROTOCOL].entries()) {
    const whole = wholeStream(protocol, messages[index] ?? new Uint8Array(0))
    await writePieces(await peer.open(connection, protocol), [whole])
  }
  await until(() => errors.length === 2, 'both errors')
  t.match(errors, [{ error: 'approver failed' }, { error: 'asker failed' }])
  t.equal(connection.status, 'open')
  await until(() => node.wire.load.messages === 0, 'nothing is left')
})

t.test('an announced yamux frame longer than any window ends the connection before it is buffered', async t => {
  const { node, peer } = await pair(t)
  const connection = await peer.connect(node)
  const stream = await peer.open(connection, ASK_PROTOCOL)
  const frame = Buffer.alloc(12)
  frame.writeUInt32BE(Number(stream.id), 4)
  frame.writeUInt32BE(1_000_000_000, 8)
  const closed = new Promise(resolve => connection.addEventListener('close', resolve))
  transport(connection).send(frame)
  await awaited('the connection to be closed', closed)
  t.pass('the connection is gone')
})

t.test('one peer has a bounded number of messages in work, and asks of others go on', async t => {
  const registry = new TestRegistry()
  let open: () => void = () => undefined
  const gate = new Promise<void>(resolve => {
    open = resolve
  })
  const node = await testNode({
    registry,
    limits: { messagesPerStranger: 8, messagesPerPeer: 16 },
    onAsk: async ask => {
      await gate
      return granted(ask)
    }
  })
  const greedy = await rawPeer()
  const asker = await testNode({ registry })
  t.teardown(() => Promise.all([node.stop(), greedy.stop(), asker.stop()]))
  const connection = await greedy.connect(node)
  for (let index = 0; index < 40; index++) {
    const stream = await greedy.open(connection, ASK_PROTOCOL)
    await writePieces(stream, [wholeStream(ASK_PROTOCOL, encodeTask(testTask(`${index}`)))]).catch(() => undefined)
  }
  let busy = 0
  await until(() => {
    counted(node.metrics.requestsReceived, 'busy').then(count => {
      busy = count
    })
    return busy === 32
  }, 'the others to be reset')
  t.equal(node.wire.load.messages, 8)
  await asker.host.connect(node.host.peerId, node.host.addresses(), within())
  await asker.wire.ping(node.id, within())
  for (let index = 0; index < 10; index++) await asker.ask(node.id)
  open()
  await until(() => asker.answers.length === 10, 'ten answers')
  t.equal(asker.answers.length, 10)
})

t.test('stopping waits for messages in work, and no longer than its signal', async t => {
  const registry = new TestRegistry()
  const { node, peer } = await pair(t)
  const asker = await testNode({ registry })
  t.teardown(() => asker.stop())
  const connection = await peer.connect(node)
  const stuck = await peer.open(connection, ASK_PROTOCOL)
  stuck.send(wholeStream(ASK_PROTOCOL, Uint8Array.of(8)))
  await until(() => node.wire.load.messages === 1, 'the unfinished message')
  const closed = new Promise(resolve => stuck.addEventListener('close', resolve))
  // Time stands still for the node: nothing but the signal ends the message.
  const { signal } = within(100)
  await node.wire.stop({ signal })
  t.ok(signal.aborted, 'bounded by the signal')
  await awaited('the connection to be closed', closed)
  t.equal(node.wire.load.messages, 0)
  await node.wire.start()
  await writePieces(await peer.open(connection, ASK_PROTOCOL), [wholeStream(ASK_PROTOCOL, encodeTask(testTask()))])
  await until(() => node.asks.length === 1, 'an ask after the restart')
  t.equal(node.asks.length, 1, 'and it starts again')
})

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

async function pair(t: Test): Promise<{ node: TestNode; peer: RawPeer }> {
  const node = await testNode({ registry: new TestRegistry() })
  const peer = await rawPeer()
  t.teardown(() => Promise.all([node.stop(), peer.stop()]))
  return { node, peer }
}
