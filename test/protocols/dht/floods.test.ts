/** A peer that the DHT serves sends it more than any node asks. */
import '../../../src/protocols/patches/with-resolvers.js'
import { identify } from '@libp2p/identify'
import type { Connection, Stream } from '@libp2p/interface'
import { lpStream } from '@libp2p/utils'
import t, { type Test } from 'tap'
import {
  DHT_TYPES,
  decodeDhtAnswer,
  encodeAddProvider,
  encodeDhtMessage,
  encodeGetProviders
} from '../../../src/codec/dht-message.js'
import type { SpAddress } from '../../../src/domain/brands.js'
import { createKey } from '../../../src/identity/keys.js'
import { nodeHost } from '../../../src/module/node-host.js'
import { KAD_PROTOCOL, spKey } from '../../../src/protocols/dht/protocol.js'
import { plainHost, within } from '../patches/plain-host.js'
import { until } from '../v0/harness.js'

const SP = '0xF39Fd6e51aad88F6F4ce6aB8827279cffFb92266' as SpAddress

async function node(t: Test) {
  const door = nodeHost({ listen: ['/ip4/127.0.0.1/tcp/0'], allowPrivate: true, nodeKey: createKey(), dht: 'server' })
  const host = await door.open()
  t.teardown(() => door.close(host))
  const { discovery } = host
  if (discovery === undefined) throw new Error('expected a DHT')
  await discovery.wake?.()
  return { ...host, discovery }
}

type Node = Awaited<ReturnType<typeof node>>

async function peerOf(t: Test, node: Pick<Node, 'addresses'>): Promise<{ connection: Connection; id: Uint8Array }> {
  const host = await plainHost(t, { services: { identify: identify() } })
  return { connection: await host.dial(node.addresses(), within()), id: host.peerId.toMultihash().bytes }
}

/** Writes messages at once and counts the answers until the stream ends or `most` came. */
async function answersTo(connection: Connection, requests: readonly Uint8Array[], most = Number.POSITIVE_INFINITY) {
  const stream: Stream = await connection.newStream(KAD_PROTOCOL, within())
  const messages = lpStream(stream)
  const answers: Uint8Array[] = []
  try {
    await messages.writeV([...requests], within())
    while (answers.length < most) answers.push((await messages.read(within())).subarray())
  } catch {
    return { answers, reset: true }
  }
  return { answers, reset: false }
}

const keyOf = async (sp: SpAddress): Promise<Uint8Array> => (await spKey(sp)).multihash.bytes

t.test('a peer that floods the DHT is answered at its rate, and the others as before', async t => {
  const hub = await node(t)
  const flood = await peerOf(t, hub)
  const honest = await peerOf(t, hub)
  const key = await keyOf(SP)
  const requests = { get: encodeGetProviders(key), find: encodeDhtMessage({ type: DHT_TYPES.FIND_NODE, key }) }
  for (const request of Object.values(requests)) {
    const { answers, reset } = await answersTo(flood.connection, new Array(3_000).fill(request))
    t.equal(answers.length, 0, 'so many bytes at once are reset before the first is read')
    t.ok(reset)
  }
  const { answers } = await answersTo(flood.connection, new Array(400).fill(requests.get))
  t.ok(answers.length >= 100 && answers.length < 300, `${answers.length} answers to 400 requests`)
  const { answers: fair } = await answersTo(honest.connection, new Array(65).fill(requests.get), 65)
  t.equal(fair.length, 65, 'as many as a node asks that misses 64 SPs')
})

t.test('a record names its own sender, once, among few', async t => {
  const hub = await node(t)
  const { connection, id } = await peerOf(t, hub)
  const key = await keyOf(SP)
  const multiaddrs = [Uint8Array.of(4, 127, 0, 0, 1, 6, 0x1f, 0x90)]
  const others = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ id: Uint8Array.of(0, 1, n), multiaddrs }))
  const tell = (count: number, self: boolean) =>
    encodeDhtMessage({
      type: DHT_TYPES.ADD_PROVIDER,
      key,
      providerPeers: [...others(count), ...(self ? [{ id, multiaddrs }] : [])]
    })
  const found = async (): Promise<number> => {
    const { answers } = await answersTo(connection, [encodeGetProviders(key)], 1)
    return decodeDhtAnswer(answers[0] ?? new Uint8Array(0)).providerPeers.length
  }
  for (const count of [5_000, 100]) t.ok((await answersTo(connection, [tell(count, true)])).reset, `${count} peers`)
  t.ok((await answersTo(connection, [encodeDhtMessage({ type: DHT_TYPES.PUT_VALUE, key })])).reset, 'another type')
  const long = encodeGetProviders(new Uint8Array(65))
  t.ok((await answersTo(connection, [long])).reset, 'a long key')
  await answersTo(connection, [tell(10, false), encodeGetProviders(key)], 1)
  t.equal(await found(), 0, 'it was about others')
  await answersTo(connection, [encodeAddProvider(key, { id, multiaddrs }), encodeGetProviders(key)], 1)
  t.equal(await found(), 1)
})

t.test('of many providers of one SP few are told, others each time', async t => {
  const hub = await node(t)
  const key = await keyOf(SP)
  const multiaddrs = [Uint8Array.of(4, 127, 0, 0, 1, 6, 0x1f, 0x90)]
  const crowd = await Promise.all(Array.from({ length: 20 }, () => peerOf(t, hub)))
  const told = new Set<string>()
  for (const { connection, id } of crowd) {
    await answersTo(connection, [encodeAddProvider(key, { id, multiaddrs }), encodeGetProviders(key)], 1)
  }
  for (let tries = 0; tries < 100 && told.size < 20; tries++) {
    const [answer] = (await answersTo(crowd[0]?.connection as Connection, [encodeGetProviders(key)], 1)).answers
    const { providerPeers } = decodeDhtAnswer(answer ?? new Uint8Array(0))
    t.equal(providerPeers.length, 16)
    for (const { id } of providerPeers) told.add(Buffer.from(id).toString('hex'))
  }
  t.equal(told.size, 20)
})

t.test('of an answer with many peers few are read', async t => {
  const asking = await node(t)
  const ids = await Promise.all(Array.from({ length: 40 }, async () => (await plainPeer()).id))
  const liar = await plainHost(t, { services: { identify: identify() } })
  const multiaddrs = [Uint8Array.of(4, 127, 0, 0, 1, 6, 0x1f, 0x90)]
  const answered: number[] = []
  await liar.handle(KAD_PROTOCOL, async stream => {
    const messages = lpStream(stream)
    const closerPeers = ids.map(id => ({ id, multiaddrs }))
    while (true) {
      const { type } = decodeDhtAnswer((await messages.read(within())).subarray())
      answered.push(type)
      await messages.write(encodeDhtMessage({ type, closerPeers, providerPeers: closerPeers }), within())
    }
  })
  await asking.connect(liar.peerId, liar.getMultiaddrs(), within())
  const found: string[] = []
  await until(
    () => {
      void walk()
      return found.length > 0
    },
    'the liar is asked',
    60_000
  )
  async function walk(): Promise<void> {
    for await (const nodes of asking.discovery.find(SP, within())) found.push(...nodes.map(({ peerId }) => peerId))
  }
  t.ok(answered.length > 0)
  t.ok(asking.discovery.known().length <= 17, `${asking.discovery.known().length} of 40 peers were read`)
})

async function plainPeer(): Promise<{ readonly id: Uint8Array }> {
  const { privateKeyFromRaw } = await import('@libp2p/crypto/keys')
  const { peerIdFromPrivateKey } = await import('@libp2p/peer-id')
  return { id: peerIdFromPrivateKey(privateKeyFromRaw(createKey())).toMultihash().bytes }
}
