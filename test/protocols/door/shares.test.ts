import type { Connection, Stream } from '@libp2p/interface'
import t, { type Test } from 'tap'
import { encodeTask } from '../../../src/codec/task-codec.js'
import { ANSWER_PROTOCOL, ASK_PROTOCOL, PING_PROTOCOL, PONG_PROTOCOL } from '../../../src/constants.js'
import { createKey } from '../../../src/identity/keys.js'
import { localSigner } from '../../../src/identity/local-signer.js'
import {
  counted,
  signedPing,
  type TestNode,
  type TestNodeOptions,
  TestRegistry,
  testNode,
  testTask,
  until,
  within
} from '../v0/harness.js'
import { type RawPeer, rawPeer, wholeStream, writePieces } from '../v0/raw-peer.js'

t.test('one peer has the newest few of the connections that it opens, an untied one fewer', async t => {
  for (const [tied, most] of [
    [true, 4],
    [false, 2]
  ] as const) {
    const { node, peers } = await door(t, { isTied: () => tied })
    const [peer] = await peers(1)
    const opened: Connection[] = []
    for (let n = 0; n < 12; n++) opened.push(await again(peer, node))
    await until(() => open(opened).length === most, 'the others to be ended')
    const ids = (connections: readonly Connection[]): string[] => connections.map(({ id }) => id)
    t.same(ids(open(opened)), ids(opened.slice(-most)))
    t.equal(node.host.connections().length, most)
    await until(async () => (await answered(peer, node, opened.at(-1))) === 'done', 'an ask over the newest one')
  }
})

t.test('pings that anyone replays open few places, and none that tied peers need', async t => {
  const tied = new Set<string>()
  const { node, peers, registry } = await door(t, { maxConnections: 20, isTied: peer => tied.has(peer) })
  const signers = [1, 2].map(() => localSigner(createKey()))
  for (const { operatorAddress } of signers) registry.add(operatorAddress)
  const pings = await Promise.all([...signers, node.signer].map(signer => signedPing(signer)))
  const crowd = await peers(24)
  for (const [n, peer] of crowd.entries()) {
    const connection = await peer.connect(node).catch(() => undefined)
    const ping = pings[n % pings.length] ?? new Uint8Array(0)
    if (connection !== undefined) await send(peer, connection, PING_PROTOCOL, ping)
  }
  await until(() => node.wire.load.messages === 0, 'all pings to be handled')
  t.ok(node.host.connections().length <= 8 + 5, `${node.host.connections().length} of 20 are theirs`)
  const honest = await peers(7)
  for (const peer of honest) tied.add(peer.id)
  for (const peer of honest) await peer.connect(node)
  await until(() => honest.every(peer => hasOpen(node, peer)), 'every tied peer to be in')
})

t.test('a newcomer finds a place though a crowd of one SP’s name has them all', async t => {
  const { node, peers, registry } = await door(t, { maxConnections: 10 })
  const [loud, quiet] = [localSigner(createKey()), localSigner(createKey())]
  for (const { operatorAddress } of [loud, quiet]) registry.add(operatorAddress)
  for (const peer of await peers(6)) {
    await send(peer, await peer.connect(node), PING_PROTOCOL, await signedPing(loud))
    await until(() => node.claims.some(claim => claim.peer === peer.id), 'its ping')
  }
  await until(() => node.host.connections().length <= 4, 'four to stay')
  const [newcomer] = await peers(1)
  await send(newcomer, await newcomer.connect(node), PING_PROTOCOL, await signedPing(quiet))
  await until(() => node.strangers.tierOf(newcomer.id) === 'claimed', 'the newcomer to be known')
  await until(() => node.host.connections().length === 4, 'one of the crowd to go')
  t.ok(hasOpen(node, newcomer))
})

t.test('our own SP’s ping from another’s peer shows nothing', async t => {
  const { node, peers } = await door(t, {})
  const [peer] = await peers(1)
  await send(peer, await peer.connect(node), PING_PROTOCOL, await signedPing(node.signer))
  await until(() => node.claims.length === 1, 'the ping')
  t.equal(node.strangers.tierOf(peer.id), 'stranger')
})

t.test('pongs that strangers never end leave bytes for the messages of others', async t => {
  const tied = new Set<string>()
  const limits = { bufferedBytes: 1024 * 1024 }
  const { node, peers } = await door(t, { limits, isTied: peer => tied.has(peer) })
  for (const peer of await peers(6)) {
    await halfSend(peer, await peer.connect(node), PONG_PROTOCOL, new Uint8Array(60_000), 6)
  }
  await until(async () => (await counted(node.metrics.pingsReceived, 'no-room')) > 6, 'their share to be full')
  const [honest, stranger] = await peers(2)
  tied.add(honest.id)
  t.equal(await answered(honest, node), 'done', 'a tied peer’s ask')
  t.equal(await answered(stranger, node), 'done', 'and that of one more stranger')
})

t.test('answers that claimed peers never end leave places for the messages of others', async t => {
  const tied = new Set<string>()
  const limits = { messages: 100, messagesPerStranger: 100 }
  const { node, peers, registry } = await door(t, { limits, isTied: peer => tied.has(peer) })
  const signer = localSigner(createKey())
  registry.add(signer.operatorAddress)
  const claimed = async (): Promise<[RawPeer, Connection]> => {
    const [peer] = await peers(1)
    const connection = await peer.connect(node)
    await send(peer, connection, PING_PROTOCOL, await signedPing(signer))
    await until(() => node.strangers.tierOf(peer.id) === 'claimed', 'its ping')
    return [peer, connection]
  }
  for (let n = 0; n < 6; n++) await halfSend(...(await claimed()), ANSWER_PROTOCOL, Uint8Array.of(1), 30)
  await until(async () => (await counted(node.metrics.approvalsReceived, 'busy')) > 6, 'their share to be full')
  t.ok(node.wire.load.messages <= 40, `${node.wire.load.messages} of 100 places are theirs`)
  const [honest] = await peers(1)
  tied.add(honest.id)
  t.equal(await answered(honest, node), 'done', 'a tied peer’s ask')
  const [peer, connection] = await claimed()
  t.equal(await answered(peer, node, connection), 'done', 'and that of one more claimed peer')
})

interface Door {
  readonly node: TestNode
  readonly registry: TestRegistry
  peers(count: number): Promise<[RawPeer, RawPeer, ...RawPeer[]]>
}

async function door(t: Test, options: Omit<TestNodeOptions, 'registry'>): Promise<Door> {
  const registry = new TestRegistry()
  const node = await testNode({ registry, ...options })
  const made: RawPeer[] = []
  t.teardown(() => Promise.all([node.stop(), ...made.map(peer => peer.stop())]))
  return {
    node,
    registry,
    peers: async count => {
      const some = await Promise.all(Array.from({ length: count }, () => rawPeer()))
      made.push(...some)
      return some as [RawPeer, RawPeer, ...RawPeer[]]
    }
  }
}

const again = (peer: RawPeer, node: TestNode): Promise<Connection> =>
  peer.libp2p.dial(node.host.addresses(), { ...within(), force: true })

const open = (connections: readonly Connection[]): Connection[] => connections.filter(({ status }) => status === 'open')

const hasOpen = (node: TestNode, peer: RawPeer): boolean =>
  node.host.connections(peer.libp2p.peerId).some(({ status }) => status === 'open')

async function send(peer: RawPeer, connection: Connection, protocol: string, message: Uint8Array): Promise<void> {
  const stream = await peer.open(connection, protocol).catch(() => undefined)
  await writePieces(stream as Stream, [wholeStream(protocol, message)]).catch(() => undefined)
}

/** Messages without an end. */
async function halfSend(
  peer: RawPeer,
  connection: Connection,
  protocol: string,
  message: Uint8Array,
  times: number
): Promise<void> {
  for (let n = 0; n < times; n++) {
    const stream = await peer.open(connection, protocol).catch(() => undefined)
    stream?.send(wholeStream(protocol, message))
  }
}

let objects = 100

/** Whether the node has got an ask of the peer. */
async function answered(peer: RawPeer, node: TestNode, connection?: Connection): Promise<'done' | 'lost'> {
  const id = `${objects++}`
  const task = testTask(id, { askSpOperatorAddress: node.sp })
  await send(peer, connection ?? (await peer.connect(node)), ASK_PROTOCOL, encodeTask(task))
  const isIn = (): boolean => node.asks.some(ask => ask.task.objectInfo?.id === id)
  await until(isIn, 'the ask', 2_000).catch(() => undefined)
  return isIn() ? 'done' : 'lost'
}
