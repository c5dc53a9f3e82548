/** What kad-dht does without the bounds of dht/: a test that fails here says that a bound can go. */
import '../../../src/protocols/patches/with-resolvers.js'
import { setTimeout as pause } from 'node:timers/promises'
import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import { type PeerId, type Startable, serviceDependencies, type TagOptions } from '@libp2p/interface'
import { type KadDHT, type KadDHTComponents, kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { TypedEventEmitter } from 'main-event'
import t, { type Test } from 'tap'
import type { SpAddress } from '../../../src/domain/brands.js'
import { createKey } from '../../../src/identity/keys.js'
import { recordGroup, spKey } from '../../../src/protocols/dht/protocol.js'
import { quietLogger } from '../../../src/protocols/patches/quiet-logger.js'
import { until } from '../v0/harness.js'

const ADD_PROVIDER = 'ADD_PROVIDER'
const SP = '0xF39Fd6e51aad88F6F4ce6aB8827279cffFb92266' as SpAddress
const ADDRESS = multiaddr('/ip4/8.8.8.8/tcp/9933')

type Merged = { readonly multiaddrs?: unknown; readonly tags?: Readonly<Record<string, TagOptions>> }

/** What the tests look at beside the interface of kad-dht. */
interface Inside {
  readonly reprovider: { stop(): void; processRecords(): Promise<void> }
  readonly rpc: { handleMessage(from: PeerId, message: object): Promise<unknown> }
  readonly routingTable: {
    readonly size: number
    readonly closestPeerTagger: {
      readonly newPeers: { add(peer: object): Promise<void> }
      updatePeerTags(): Promise<void>
    }
    add(peer: PeerId): Promise<void>
  }
}

const somebody = (): PeerId => peerIdFromPrivateKey(privateKeyFromRaw(createKey()))

/** kad-dht in a host of which nothing is real. */
async function kad(t: Test) {
  const privateKey = privateKeyFromRaw(createKey())
  const peerId = peerIdFromPrivateKey(privateKey)
  const records = new Map<string, Uint8Array>()
  const merged: (readonly [peer: string, data: Merged])[] = []
  const dialled: string[] = []
  const queried: string[] = []
  const events = new TypedEventEmitter()
  const parts = {
    peerId,
    privateKey,
    events,
    logger: quietLogger,
    ping: { ping: async () => 1 },
    addressManager: { getAddresses: () => [ADDRESS] },
    registrar: {
      handle: async () => undefined,
      unhandle: async () => undefined,
      register: async () => 'topology',
      unregister: () => undefined
    },
    connectionManager: {
      getConnections: () => [],
      openStream: async (peer: PeerId) => {
        dialled.push(peer.toString())
        throw new Error('black hole')
      }
    },
    peerStore: {
      all: async () => [],
      getInfo: async (id: PeerId) => ({ id, multiaddrs: [ADDRESS] }),
      get: async (id: PeerId) => ({
        id,
        addresses: [{ multiaddr: ADDRESS, isCertified: false }],
        protocols: [],
        tags: new Map(),
        metadata: new Map()
      }),
      merge: async (peer: PeerId, data: Merged) => void merged.push([peer.toString(), data])
    },
    datastore: {
      put: async (key: object, value: Uint8Array) => void records.set(key.toString(), value),
      query: ({ prefix }: { readonly prefix: string }) => {
        queried.push(prefix)
        return []
      }
    }
  }
  const make = kadDHT({
    clientMode: false,
    peerInfoMapper: passthroughMapper,
    allowQueryWithZeroPeers: true,
    initialQuerySelfInterval: 3_600_000
  })
  const dht = make(parts as unknown as KadDHTComponents) as KadDHT & Startable & Inside
  await dht.start()
  t.teardown(() => dht.stop())
  return { dht, records, merged, dialled, queried, events }
}

t.test('contacts and records: any peer is served, and its record and addresses are kept', async t => {
  const { dht, records, merged } = await kad(t)
  const key = await spKey(SP)
  for (let count = 0; count < 100; count++) {
    const stranger = somebody()
    const providers = [{ id: stranger.toMultihash().bytes, multiaddrs: [ADDRESS.bytes] }]
    await dht.rpc.handleMessage(stranger, { type: ADD_PROVIDER, key: key.multihash.bytes, providers })
  }
  t.equal(
    [...records.keys()].filter(name => name.startsWith(recordGroup(key.multihash.bytes))).length,
    100,
    'of one key'
  )
  t.equal(merged.filter(([, { multiaddrs }]) => multiaddrs !== undefined).length, 100, 'addresses of strangers')
})

t.test('records: each hour all of them are gone through', async t => {
  const { dht, queried } = await kad(t)
  // Its timer would run once more.
  dht.reprovider.stop()
  await dht.reprovider.processRecords()
  t.same(queried, ['/dht/provider'])
})

t.test('requests: a record may name any number of peers, and every request is served', async t => {
  const { dht, records } = await kad(t)
  const key = (await spKey(SP)).multihash.bytes
  const [asker, other] = [somebody(), somebody().toMultihash().bytes]
  const providers = [asker.toMultihash().bytes, ...new Array(200).fill(other)].map(id => ({
    id,
    multiaddrs: [ADDRESS.bytes]
  }))
  await dht.rpc.handleMessage(asker, { type: ADD_PROVIDER, key, providers })
  t.equal([...records.keys()].filter(name => name.startsWith(recordGroup(key))).length, 1)
  const requests = Array.from({ length: 500 }, () => dht.rpc.handleMessage(asker, { type: 'GET_PROVIDERS', key }))
  t.equal((await Promise.all(requests)).length, 500)
})

t.test('contacts and kad-service: the closest peers are tagged to be kept alive', async t => {
  const { dht, merged } = await kad(t)
  const { closestPeerTagger } = dht.routingTable
  await closestPeerTagger.newPeers.add({ id: somebody(), multiaddrs: [] })
  await closestPeerTagger.updatePeerTags()
  t.match(merged[0]?.[1].tags, { 'keep-alive-kad-dht': {} })
})

t.test('walk: a query dials a node that is not connected', async t => {
  const { dht, dialled } = await kad(t)
  const peer = somebody()
  await dht.routingTable.add(peer)
  for await (const _ of dht.findProviders(await spKey(SP), { signal: AbortSignal.timeout(60_000) }))
    if (dialled.length > 0) break
  t.ok(dialled.includes(peer.toString()))
})

t.test(
  'table-members: any peer is taken, and kept when it has disconnected; kad-service: ping is required',
  async t => {
    const { dht, events } = await kad(t)
    const peer = somebody()
    await dht.routingTable.add(peer)
    await until(() => dht.routingTable.size === 1, 'the peer in the table')
    events.dispatchEvent(new CustomEvent('peer:disconnect', { detail: peer }))
    await pause(20)
    t.equal(dht.routingTable.size, 1)
    t.ok(Reflect.get(dht, serviceDependencies).includes('@libp2p/ping'))
  }
)
