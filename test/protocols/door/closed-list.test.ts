import t from 'tap'
import { plainHost, within } from '../patches/plain-host.js'
import { TestRegistry, testNode, until } from '../v0/harness.js'

t.test('where strangers are not let in, the connection ends when the peer id is proven', async t => {
  const named = new Set<string>()
  const node = await testNode({ registry: new TestRegistry(), mayEnter: peer => named.has(peer) })
  t.teardown(() => node.stop())
  let opened = 0
  node.host.events.addEventListener('connection:open', () => opened++)
  const peer = await plainHost(t)
  const dial = () => peer.dial(node.host.addresses(), within())

  const closed = new Promise(resolve => peer.addEventListener('connection:close', resolve, { once: true }))
  const refused = await dial().catch(() => undefined)
  if (refused !== undefined) await closed
  t.equal(opened, 0, 'no muxer, no identify, no connection')
  t.equal(node.host.connections().length, 0)
  t.strictSame(await node.host.peerStore.all(), [], 'nothing is kept of it')

  named.add(peer.peerId.toString())
  const connection = await dial()
  await until(() => opened === 1, 'the named peer to be let in')
  t.equal(connection.status, 'open')
})

t.test('whom we dial is let in whatever the list says', async t => {
  const node = await testNode({ registry: new TestRegistry(), mayEnter: () => false })
  const peer = await plainHost(t)
  t.teardown(() => node.stop())
  const connection = await node.host.connect(peer.peerId, peer.getMultiaddrs(), within())
  t.equal(connection.status, 'open')
})
