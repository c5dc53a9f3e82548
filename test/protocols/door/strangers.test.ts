import type { Connection } from '@libp2p/interface'
import t, { type Test } from 'tap'
import { encodeTask } from '../../../src/codec/task-codec.js'
import { ASK_PROTOCOL } from '../../../src/constants.js'
import { peerIdOf } from '../../../src/identity/keys.js'
import { localSigner } from '../../../src/identity/local-signer.js'
import { DEFAULT_WIRE_LIMITS } from '../../../src/protocols/v0/limits.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { awaited } from '../../support/awaited.js'
import { counted, key, type TestNode, TestRegistry, testNode, testTask, turn, until, within } from '../v0/harness.js'
import { type RawPeer, rawPeer, wholeStream, writePieces } from '../v0/raw-peer.js'

t.test('a stranger that only brings faults loses its connection', async t => {
  const { node, peer } = await pair(t)
  const connection = await peer.connect(node)
  await until(() => node.host.connections().length === 1, 'our side of the connection')
  const closed = new Promise(resolve => connection.addEventListener('close', resolve))
  let sent = 0
  while (connection.status === 'open' && sent < 500) {
    await flawed(peer, connection)
    sent++
    await turn()
  }
  await awaited('the stranger’s connection to be closed', closed)
  const counts = await counted(node.metrics.requestsReceived, 'malformed')
  t.ok(counts > DEFAULT_WIRE_LIMITS.strangerFaultsPerSecond && counts < 500, `after ${counts} faults`)
})

t.test('so does one that opens more streams than it may before our side stands', async t => {
  const { node, peer } = await pair(t)
  const connection = await peer.connect(node)
  const closed = new Promise(resolve => connection.addEventListener('close', resolve))
  for (let index = 0; index < 600; index++) void flawed(peer, connection)
  await awaited('the stranger’s connection to be closed', closed)
  await until(() => node.host.connections().length === 0, 'nothing to be left of it')
  t.equal(node.wire.load.messages, 0)
})

t.test('strangers hold few connections for a short time, and a valid message makes a peer none', async t => {
  const registry = new TestRegistry()
  const clock = fakeClock()
  const node = await testNode({
    registry,
    limits: { strangersPercent: 50, claimedPercent: 75 },
    maxConnections: 8,
    clock
  })
  const nodes = [node]
  const peers: RawPeer[] = []
  t.teardown(() => Promise.all([...nodes.map(node => node.stop()), ...peers.map(peer => peer.stop())]))
  for (let index = 0; index < 4; index++) {
    const peer = await rawPeer({ nodeKey: key() })
    peers.push(peer)
    await peer.connect(node)
  }
  await until(() => node.strangers.count === 4, 'four strangers')
  const fifth = await rawPeer()
  peers.push(fifth)
  await fifth.connect(node).catch(() => undefined)
  await until(() => fifth.libp2p.getConnections().length === 0, 'the fifth to be refused')
  t.equal(node.strangers.count, 4)

  await clock.advance(9_000)
  t.equal(node.strangers.count, 4)
  await clock.advance(1_000)
  await until(() => node.host.connections().length === 0, 'the strangers to be sent away')
  t.equal(node.strangers.count, 0, 'after their time')

  for (let index = 0; index < 5; index++) {
    const honest = await testNode({ registry, pingPeriodMs: 50 })
    nodes.push(honest)
    await honest.host.connect(node.host.peerId, node.host.addresses(), within())
    await until(() => node.claims.some(({ peer }) => peer === honest.id), 'the claim')
  }
  t.equal(node.strangers.count, 0)
  t.equal(node.host.connections().length, 5, 'more honest nodes than strangers had room for')
})

t.test('an SP’s name opens few doors, by whatever message, and none once the SP has left', async t => {
  const registry = new TestRegistry()
  const clock = fakeClock()
  const node = await testNode({ registry, clock })
  const peer = await rawPeer()
  t.teardown(() => Promise.all([node.stop(), peer.stop()]))
  const sp = localSigner(key()).operatorAddress
  registry.add(sp)
  const connection = await peer.connect(node)
  await until(() => node.host.connections().length === 1, 'the connection')
  const strangers = (): number => node.strangers.count
  const asked = async (): Promise<void> => {
    const before = node.asks.length
    const task = testTask('7', { askSpOperatorAddress: sp })
    await writePieces(await peer.open(connection, ASK_PROTOCOL), [wholeStream(ASK_PROTOCOL, encodeTask(task))])
    await until(() => node.asks.length > before && node.wire.load.messages === 0, 'the answer')
  }
  t.equal(strangers(), 1)
  await asked()
  t.equal(strangers(), 0, 'its ask was answered')
  for (const other of OTHERS) node.strangers.promote(other, sp)
  t.equal(strangers(), 1, 'the same SP spoke through eight others since')
  await asked()
  t.equal(strangers(), 0)
  registry.remove(sp)
  t.equal(strangers(), 1, 'its SP has left the list')
  registry.add(sp)
  await asked()
  t.equal(strangers(), 0)
  await peer.libp2p.hangUp(node.host.peerId)
  await until(() => node.host.connections().length === 0, 'the hang-up')
  t.equal(node.strangers.tierOf(peer.id), 'stranger', 'what it showed is forgotten with it')
})

const OTHERS = Array.from({ length: 8 }, () => peerIdOf(key()))

async function flawed(peer: RawPeer, connection: Connection): Promise<void> {
  const stream = await peer.open(connection, ASK_PROTOCOL).catch(() => undefined)
  if (stream === undefined) return
  await writePieces(stream, [wholeStream(ASK_PROTOCOL, Uint8Array.of(0xff))]).catch(() => undefined)
}

async function pair(t: Test): Promise<{ node: TestNode; peer: RawPeer }> {
  const node = await testNode({ registry: new TestRegistry() })
  const peer = await rawPeer()
  t.teardown(() => Promise.all([node.stop(), peer.stop()]))
  return { node, peer }
}
