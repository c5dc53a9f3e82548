import type { Connection } from '@libp2p/interface'
import t, { type Test } from 'tap'
import { prelude } from '../../../src/protocols/muxer/early-protocol.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { TestRegistry, testNode, turn, until } from '../v0/harness.js'
import { type RawPeer, rawPeer, transport } from '../v0/raw-peer.js'

const PROTOCOL = '/count/1.0.0'
const TOGETHER = 16
/** Streams that each may open whatever the others do. */
const FEW = 4
const OPENED = 40
const SYN_AND_FIN = 5

/** So many whole streams, each a frame. */
const streams = (count: number): readonly Uint8Array[] =>
  Array.from({ length: count }, (_, index) => {
    const data = prelude(PROTOCOL)
    const header = Buffer.alloc(12)
    header.writeUInt16BE(SYN_AND_FIN, 2)
    header.writeUInt32BE(1_001 + 2 * index, 4)
    header.writeUInt32BE(data.length, 8)
    return Buffer.concat([header, data])
  })

t.test('strangers that open too many streams together wait for each other, and nothing is lost', async t => {
  const { clock, peers, served, open } = await field(t)
  const [one, another, honest] = await peers(3)
  for (const connection of [one, another]) send(connection, Buffer.concat(streams(OPENED)))
  const atOnce = TOGETHER + 2 * FEW
  await until(() => served() === atOnce, 'what they may open at once', 2_000)
  await turn()
  t.equal(served(), atOnce)
  send(honest, Buffer.concat(streams(2)))
  await until(() => served() === atOnce + 2, 'a peer that opens few not to wait')
  for (let round = 0; round < 100 && served() < 2 * OPENED + 2; round++) {
    await clock.advance(20)
    await turn()
  }
  await until(() => served() === 2 * OPENED + 2, 'all of them in the end')
  t.ok(open(), 'and no connection has ended')
})

t.test('neither do they escape by pieces of a header', async t => {
  const { peers, served } = await field(t)
  const [connection] = await peers(1)
  for (const stream of streams(OPENED)) {
    send(connection, stream.subarray(0, 6))
    send(connection, stream.subarray(6))
  }
  await until(() => served() === TOGETHER + FEW, 'what it may open at once', 2_000)
  await turn()
  t.equal(served(), TOGETHER + FEW)
})

t.test('a tied peer waits for no crowd', async t => {
  const tied = new Set<string>()
  const { peers, served, idOf } = await field(t, peer => tied.has(peer))
  const [stranger, listed] = await peers(2)
  tied.add(idOf(listed))
  send(stranger, Buffer.concat(streams(OPENED)))
  await until(() => served() === TOGETHER + FEW, 'the crowd to be exhausted', 2_000)
  send(listed, Buffer.concat(streams(OPENED)))
  await until(() => served() === TOGETHER + FEW + OPENED, 'the tied peer')
})

async function field(t: Test, isTied: (peer: string) => boolean = () => false) {
  const clock = fakeClock()
  const limits = { strangersTogether: { perSecond: 100, burst: TOGETHER } }
  const node = await testNode({ registry: new TestRegistry(), hostClock: clock, isTied, limits })
  t.teardown(() => node.stop())
  let served = 0
  await node.host.handle(PROTOCOL, () => void served++, { maxInboundStreams: 1_000 })
  const all: RawPeer[] = []
  const connections: Connection[] = []
  t.teardown(() => Promise.all(all.map(peer => peer.stop())))
  return {
    clock,
    served: () => served,
    open: () => connections.every(({ status }) => status === 'open'),
    idOf: (connection: Connection) => all[connections.indexOf(connection)]?.id ?? '',
    async peers<N extends number>(count: N): Promise<[Connection, Connection, Connection]> {
      while (all.length < count) {
        const peer = await rawPeer()
        all.push(peer)
        connections.push(await peer.connect(node))
      }
      return connections as [Connection, Connection, Connection]
    }
  }
}

const send = (connection: Connection, bytes: Uint8Array): void => void transport(connection).send(bytes)
