/** Whom a node tells others of, and whom it serves: peers that speak for a listed SP. */
import '../../../src/protocols/patches/with-resolvers.js'
import { identify } from '@libp2p/identify'
import type { Connection } from '@libp2p/interface'
import { lpStream } from '@libp2p/utils'
import t, { type Test } from 'tap'
import { DHT_TYPES, decodeDhtAnswer, encodeDhtMessage } from '../../../src/codec/dht-message.js'
import type { PeerIdString } from '../../../src/domain/brands.js'
import type { GuestTier } from '../../../src/domain/guest.js'
import { createKey } from '../../../src/identity/keys.js'
import { nodeHost } from '../../../src/module/node-host.js'
import { KAD_PROTOCOL } from '../../../src/protocols/dht/protocol.js'
import type { P2PHost } from '../../../src/protocols/host/host.js'
import { plainHost, within } from '../patches/plain-host.js'
import { until } from '../v0/harness.js'

/** A node whose guests are what the test says; strangers unless it says something. */
async function node(t: Test): Promise<P2PHost & { readonly tiers: Map<string, GuestTier> }> {
  const door = nodeHost({ listen: ['/ip4/127.0.0.1/tcp/0'], allowPrivate: true, nodeKey: createKey(), dht: 'server' })
  const host = await door.open()
  t.teardown(() => door.close(host))
  await host.discovery?.wake?.()
  const tiers = new Map<string, GuestTier>()
  host.admit?.(peer => tiers.get(peer) ?? 'stranger')
  return { ...host, tiers }
}

/** A peer that says that it speaks the DHT. */
async function peerOf(t: Test, hub: P2PHost): Promise<{ readonly connection: Connection; readonly id: PeerIdString }> {
  const host = await plainHost(t, { services: { identify: identify() } })
  await host.handle(KAD_PROTOCOL, () => undefined)
  const connection = await host.dial(hub.addresses(), within())
  const identified = async () => (await hub.peerStore.get(host.peerId)).protocols.includes(KAD_PROTOCOL)
  let isIdentified = false
  await until(
    () => {
      void identified().then(
        is => {
          isIdentified = is
        },
        () => undefined
      )
      return isIdentified
    },
    'the hub has identified the peer',
    60_000
  )
  return { connection, id: host.peerId.toString() as PeerIdString }
}

/** The nodes that the hub names. */
async function closestOf(connection: Connection): Promise<number> {
  const stream = await connection.newStream(KAD_PROTOCOL, within())
  const messages = lpStream(stream)
  await messages.write(encodeDhtMessage({ type: DHT_TYPES.FIND_NODE, key: Uint8Array.of(1) }), within())
  const answer = await messages.read(within())
  stream.abort(new Error('enough'))
  return decodeDhtAnswer(answer.subarray()).closerPeers.length
}

t.test('a stranger is not served and not told of, until it speaks for a listed SP', async t => {
  const hub = await node(t)
  const [late, asking] = [await peerOf(t, hub), await peerOf(t, hub)]
  await t.rejects(closestOf(late.connection), 'it is a stranger')
  hub.tiers.set(asking.id, 'tied')
  t.equal(await closestOf(asking.connection), 0)
  hub.tiers.set(late.id, 'claimed')
  t.equal(await closestOf(asking.connection), 0, 'it has not asked since')
  t.equal(await closestOf(late.connection), 1, 'it is told of the one that asked before')
  let told = 0
  for (let tries = 0; told === 0 && tries < 100; tries++) told = await closestOf(asking.connection)
  t.equal(told, 1, 'now it is told of')
  hub.tiers.set(asking.id, 'stranger')
  await t.rejects(closestOf(asking.connection), 'its SP left the list')
})
