import type { Stream } from '@libp2p/interface'
import t from 'tap'
import { ASK_PROTOCOL } from '../../../src/constants.js'
import { type TestNode, TestRegistry, testNode, until, within } from './harness.js'
import { type RawPeer, rawPeer, transport } from './raw-peer.js'

/** A node connected to a peer that keeps each 0.0.1 stream to itself and answers nothing. */
async function silentPair(): Promise<{ node: TestNode; peer: RawPeer; heard: Stream[]; stop(): Promise<unknown> }> {
  const node = await testNode({ registry: new TestRegistry() })
  const heard: Stream[] = []
  let capturing = false
  const peer = await rawPeer({
    protocols: [ASK_PROTOCOL],
    identify: true,
    capture: stream => {
      if (capturing) heard.push(stream)
      return capturing
    },
    onStream: (_, stream) => heard.push(stream)
  })
  const identified = new Promise(resolve => node.host.events.addEventListener('peer:identify', resolve, { once: true }))
  await node.host.connect(peer.libp2p.peerId, peer.libp2p.getMultiaddrs(), within())
  await identified
  capturing = true
  node.host.events.addEventListener('connection:close', () => (capturing = false))
  return { node, peer, heard, stop: () => Promise.all([node.stop(), peer.stop()]) }
}

/** As when the peer's process ends: no farewell. */
const cut = (peer: RawPeer): void => {
  for (const connection of peer.libp2p.getConnections()) transport(connection).stream.socket.destroy()
}

const open = ({ node, peer }: { node: TestNode; peer: RawPeer }): number =>
  node.host.connections(peer.libp2p.peerId).length

t.test('an ask that the end of the connection cut off goes once more, over a new connection', async t => {
  const pair = await silentPair()
  t.teardown(pair.stop)
  const { node, peer, heard } = pair
  await node.ask(peer.id)
  await until(() => heard.length === 1, 'the ask')
  cut(peer)
  await until(() => heard.length === 2, 'the ask again')
  t.equal(heard[1]?.protocol, ASK_PROTOCOL)
  t.equal(open(pair), 1)
  t.same(node.contacts, [], 'nothing was lost')
  cut(peer)
  await until(() => open(pair) === 0, 'the end of the second connection')
  t.equal(heard.length, 2, 'only once')
})

t.test('an ask that is over by then is not sent again', async t => {
  const pair = await silentPair()
  t.teardown(pair.stop)
  const controller = new AbortController()
  await pair.node.ask(pair.peer.id, controller)
  await until(() => pair.heard.length === 1, 'the ask')
  controller.abort()
  cut(pair.peer)
  await until(() => open(pair) === 0, 'the end of the connection')
  await t.rejects(pair.node.wire.ping(pair.peer.id, within(50)), 'one more way through the event loop')
  t.equal(pair.heard.length, 1)
})

t.test('an ask that the peer reset is not sent again', async t => {
  const pair = await silentPair()
  t.teardown(pair.stop)
  await pair.node.ask(pair.peer.id)
  await until(() => pair.heard.length === 1, 'the ask')
  pair.heard[0]?.abort(new Error('no room'))
  await until(() => pair.node.contacts.length === 1, 'the failed contact')
  t.match(pair.node.contacts[0]?.result, { ok: false, error: /stream reset/ })
  t.equal(pair.heard.length, 1)
})
