import t from 'tap'
import { PING_PROTOCOL } from '../../../src/constants.js'
import type { PeerIdString } from '../../../src/domain/brands.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { TestRegistry, testNode, until } from '../v0/harness.js'
import { rawPeer } from '../v0/raw-peer.js'

t.test('of a peer that left and is not in the book nothing stays, of one in the book its addresses', async t => {
  const known = new Set<PeerIdString>()
  const clock = fakeClock()
  const node = await testNode({ registry: new TestRegistry(), isTied: peer => known.has(peer), clock })
  // What a peer tells that wants to be remembered.
  const protocols = [PING_PROTOCOL, ...Array.from({ length: 400 }, (_, n) => `/${'nonsense-'.repeat(n % 30)}/${n}`)]
  const [passing, ours] = await Promise.all([0, 1].map(() => rawPeer({ identify: true, protocols })))
  if (passing === undefined || ours === undefined) throw new Error('there are two')
  t.teardown(() => Promise.all([node.stop(), passing.stop(), ours.stop()]))
  known.add(ours.id)
  const { peerStore } = node.host
  for (const { libp2p } of [passing, ours]) {
    await libp2p.dial(node.host.addresses())
    const isStored = async (): Promise<boolean> => {
      const peer = await peerStore.get(libp2p.peerId).catch(() => undefined)
      return (peer?.protocols.length ?? 0) > 0
    }
    await until(isStored, 'its answer to identify')
    const { protocols: stored } = await peerStore.get(libp2p.peerId)
    t.ok(stored.length <= 64, `${stored.length} protocols of 400 are kept`)
    await clock.advance(5_000)
    t.ok(await peerStore.has(libp2p.peerId), 'while it is connected')
    await libp2p.hangUp(node.host.peerId)
  }
  await until(() => node.host.connections().length === 0, 'both to leave')
  await clock.advance(5_000)
  await until(async () => !(await peerStore.has(passing.libp2p.peerId)), 'the passer-by to be forgotten')
  t.ok(await peerStore.has(ours.libp2p.peerId))
})
