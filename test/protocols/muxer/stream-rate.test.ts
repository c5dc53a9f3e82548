import type { Connection } from '@libp2p/interface'
import t, { type Test } from 'tap'
import { encodeTask } from '../../../src/codec/task-codec.js'
import { ASK_PROTOCOL } from '../../../src/constants.js'
import { DEFAULT_DOOR_LIMITS } from '../../../src/protocols/door/limits.js'
import { type TestNode, type TestNodeOptions, TestRegistry, testNode, testTask, until } from '../v0/harness.js'
import { type RawPeer, rawPeer, transport, wholeStream, writePieces } from '../v0/raw-peer.js'

const SYN = 1
const RST = 8
const WINDOW_UPDATE = 1
const PING = 2

/** A yamux frame without data. */
function frame(type: number, flags: number, stream: number, value = 0): Uint8Array {
  const header = Buffer.alloc(12)
  header.writeUInt8(type, 1)
  header.writeUInt16BE(flags, 2)
  header.writeUInt32BE(stream, 4)
  header.writeUInt32BE(value, 8)
  return header
}

/** Streams that are opened and reset at once: 24 bytes each. */
const pairs = (count: number, first = 1_001): Uint8Array =>
  Buffer.concat(
    Array.from({ length: count }, (_, index) => [
      frame(WINDOW_UPDATE, SYN, first + 2 * index),
      frame(WINDOW_UPDATE, RST, first + 2 * index)
    ]).flat()
  )
const pings = (count: number): Uint8Array =>
  Buffer.concat(Array.from({ length: count }, (_, id) => frame(PING, SYN, 0, id)))

const { tied, stranger } = DEFAULT_DOOR_LIMITS.streams

t.test('a stranger that opens and resets streams loses its connection, and gains nothing by coming back', async t => {
  const { node, peer } = await pair(t)
  await flooded(node, await peer.connect(node), pairs(stranger.burst + 1))
  // A new connection brings no new streams.
  await flooded(node, await peer.connect(node), pairs(stranger.burst / 2))
})

t.test('so does a listed node, that may open many more', async t => {
  const { node, peer } = await pair(t, { isTied: () => true })
  const connection = await peer.connect(node)
  send(connection, pairs(stranger.burst + 1))
  await answered(node, peer, connection)
  t.equal(connection.status, 'open', 'what a stranger may not')
  // 1.2 MB, more than comes in while it is looked at.
  await flooded(node, connection, pairs(50_000))
  t.ok(tied.burst < 5_000)
})

t.test('so does a peer whose frames open nothing', async t => {
  const { node, peer } = await pair(t)
  await flooded(node, await peer.connect(node), pings(20_000))
})

t.test('a peer that sends messages one after the other may do so for long', async t => {
  const streams = { ...DEFAULT_DOOR_LIMITS.streams, tied: { ...tied, burst: 64 } }
  const { node, peer } = await pair(t, { isTied: () => true, limits: { streams } })
  const connection = await peer.connect(node)
  for (let round = 0; round < 2 * streams.tied.burst; round++) await answered(node, peer, connection)
  t.equal(connection.status, 'open')
})

async function pair(t: Test, options: Partial<TestNodeOptions> = {}): Promise<{ node: TestNode; peer: RawPeer }> {
  const node = await testNode({ registry: new TestRegistry(), ...options })
  const peer = await rawPeer()
  t.teardown(() => Promise.all([node.stop(), peer.stop()]))
  return { node, peer }
}

function send(connection: Connection, frames: Uint8Array): void {
  transport(connection).send(frames)
}

/** Resolves when the node has ended the connection. */
async function flooded(node: TestNode, connection: Connection, frames: Uint8Array): Promise<void> {
  const closed = new Promise(resolve => connection.addEventListener('close', resolve))
  send(connection, frames)
  await closed
  await until(() => node.host.connections().length === 0, 'nothing to be left of it')
}

async function answered(node: TestNode, peer: RawPeer, connection: Connection): Promise<void> {
  const before = node.asks.length
  const message = encodeTask(testTask('7'))
  await writePieces(await peer.open(connection, ASK_PROTOCOL), [wholeStream(ASK_PROTOCOL, message)])
  await until(() => node.asks.length > before, 'the ask')
}
