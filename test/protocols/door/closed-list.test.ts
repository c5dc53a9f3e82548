import { multiaddr } from '@multiformats/multiaddr'
import t from 'tap'
import { DEFAULT_DOOR_LIMITS } from '../../../src/protocols/door/limits.js'
import { createTestNetwork } from '../../../src/testing/index.js'
import { awaited } from '../../support/awaited.js'
import { plainHost, within } from '../patches/plain-host.js'
import { peerIds, spName } from '../reach/fixture.js'
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

t.test('strangers that are connected when the last open SP names its nodes, or leaves, are hung up on', async t => {
  const network = await createTestNetwork(2)
  t.teardown(() => network.stop())
  const { chain, modules, sps } = network
  const [node] = modules
  const open = { operatorAddress: spName(7), approvalAddress: '', endpoint: '', status: 'IN_SERVICE' } as const
  const closings = {
    'it names its nodes': () => chain.put({ ...open, nodes: [{ peerId: peerIds(1)[0], addresses: [] }] }),
    'it leaves': () => chain.remove(open.operatorAddress)
  }
  for (const [name, close] of Object.entries(closings)) {
    chain.put({ ...open, nodes: [] })
    const peer = await plainHost(t)
    const begun = performance.now()
    const connection = await peer.dial(node?.overview().addresses.map(address => multiaddr(address)) ?? [], within())
    const closed = new Promise(resolve => connection.addEventListener('close', resolve, { once: true }))
    // A stream is served on what was let in alone.
    await connection.newStream('/ipfs/id/1.0.0', within())
    close()
    await awaited(`the stranger to be hung up on when ${name}`, closed)
    const ms = performance.now() - begun
    t.ok(ms < DEFAULT_DOOR_LIMITS.strangerMs, `${name}: ${Math.round(ms)} ms, before a stranger's time is over`)
    t.match(node?.peers(), [{ sp: sps[1]?.address, connected: true }], 'whom the list names stays')
  }
})
