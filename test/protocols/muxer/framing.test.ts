import t from 'tap'
import { encodeTask } from '../../../src/codec/task-codec.js'
import { ANSWER_PROTOCOL, ASK_PROTOCOL, PING_PROTOCOL, PONG_PROTOCOL } from '../../../src/constants.js'
import {
  approvalOf,
  signedPing,
  signedPong,
  type TestNode,
  TestRegistry,
  testNode,
  testTask,
  until,
  within
} from '../v0/harness.js'
import { rawPeer, transport, wholeStream, writePieces } from '../v0/raw-peer.js'

/** As one message of each protocol, and how many of them the node has understood. */
interface Subject {
  readonly protocol: string
  readonly message: Uint8Array
  readonly around?: (write: () => Promise<void>) => Promise<void>
  understood(): number
}

t.test('every protocol understands a stream however its bytes are cut', async t => {
  const registry = new TestRegistry()
  const node = await testNode({ registry, limits: { pingsPerSecond: 1e6, checksPerSecond: 1e6 } })
  const other = await testNode({ registry })
  const returned = new Map<string, number>()
  const peer = await rawPeer({
    protocols: [PING_PROTOCOL, PONG_PROTOCOL, ANSWER_PROTOCOL],
    onStream: (protocol, stream) => {
      returned.set(protocol, (returned.get(protocol) ?? 0) + 1)
      stream.close(within()).catch(() => undefined)
    }
  })
  t.teardown(() => Promise.all([node.stop(), other.stop(), peer.stop()]))
  const connection = await peer.connect(node)

  for (const subject of await subjects(node, other, peer.id)) {
    const whole = wholeStream(subject.protocol, subject.message)
    const send = async (pieces: readonly Uint8Array[], pause: boolean): Promise<void> => {
      const write = async (): Promise<void> => writePieces(await peer.open(connection, subject.protocol), pieces, pause)
      await (subject.around?.(write) ?? write())
    }
    const expectUnderstood = async (ways: (() => Promise<void>)[], what: string): Promise<void> => {
      const before = subject.understood()
      for (const way of ways) await way()
      await until(() => subject.understood() >= before + ways.length, `${subject.protocol} ${what}`)
      t.equal(subject.understood(), before + ways.length, `${subject.protocol} ${what}`)
    }

    await expectUnderstood([() => send([whole], false)], 'header, protocol, message and end in one write')
    const inOneFrame = async (): Promise<void> => {
      transport(connection).send(dataFrame(whole))
    }
    await expectUnderstood([() => subject.around?.(inOneFrame) ?? inOneFrame()], 'opening, bytes and end in one frame')
    await expectUnderstood(
      [
        () =>
          send(
            [...whole].map(byte => Uint8Array.of(byte)),
            false
          )
      ],
      'byte by byte'
    )
    await expectUnderstood(
      [
        () =>
          send(
            [...whole].map(byte => Uint8Array.of(byte)),
            true
          )
      ],
      'byte by byte, one a turn'
    )
    for (const pause of [false, true]) {
      const ways: (() => Promise<void>)[] = []
      for (let at = 1; at < whole.length; at++) {
        // Every boundary of header, protocol and message, and a dense set between.
        if (pause && at > 60 && at % 7 !== 0) continue
        const pieces = [whole.subarray(0, at), whole.subarray(at)]
        ways.push(() => send(pieces, pause))
      }
      await expectUnderstood(ways, `in two pieces${pause ? ', one a turn' : ''}, cut at ${ways.length} places`)
    }
  }
  t.ok((returned.get(PONG_PROTOCOL) ?? 0) > 100, 'each ping had its pong, on a stream of its own')
  t.equal(returned.get(ANSWER_PROTOCOL), node.asks.length, 'each ask had its answer, on a stream of its own')
  t.equal(node.wire.load.messages, 0)
})

let frameStream = 1_000_001

/** A yamux data frame that opens a stream and ends it: SYN and FIN. */
function dataFrame(bytes: Uint8Array): Uint8Array {
  const header = Buffer.alloc(12)
  header.writeUInt16BE(1 | 4, 2)
  header.writeUInt32BE(frameStream, 4)
  header.writeUInt32BE(bytes.length, 8)
  frameStream += 2
  return Buffer.concat([header, bytes])
}

async function subjects(node: TestNode, other: TestNode, peer: TestNode['id']): Promise<Subject[]> {
  return [
    { protocol: PING_PROTOCOL, message: await signedPing(other.signer), understood: () => node.claims.length },
    { protocol: ASK_PROTOCOL, message: encodeTask(testTask()), understood: () => node.asks.length },
    { protocol: ANSWER_PROTOCOL, message: approvalOf(testTask()), understood: () => node.answers.length },
    {
      protocol: PONG_PROTOCOL,
      message: await signedPong(other.signer, [{ nodeId: peer, multiAddr: ['/ip4/192.0.2.1/tcp/9933'] }]),
      // A pong counts once, and only after a ping.
      around: async write => {
        const answered = node.wire.ping(peer, within())
        await write()
        await answered
      },
      understood: () => node.contacts.filter(({ result }) => result.ok).length
    }
  ]
}
