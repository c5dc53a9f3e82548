import '../../../src/protocols/patches/with-resolvers.js'
import { setImmediate } from 'node:timers/promises'
import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import type { Connection, Stream, StreamHandler } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { lpStream } from '@libp2p/utils'
import { yamux } from '@libp2p/yamux'
import { createLibp2p, type Libp2p } from 'libp2p'
import t, { type Test } from 'tap'
import { DHT_TYPES, encodeDhtMessage } from '../../../src/codec/dht-message.js'
import type { SpAddress } from '../../../src/domain/brands.js'
import { createKey } from '../../../src/identity/keys.js'
import { nodeHost } from '../../../src/module/node-host.js'
import { askPeer } from '../../../src/protocols/dht/ask-peer.js'
import { KAD_PROTOCOL } from '../../../src/protocols/dht/protocol.js'
import type { Discovery, P2PHost } from '../../../src/protocols/host/host.js'
import { until } from '../v0/harness.js'

const [A, B] = ['0xF39Fd6e51aad88F6F4ce6aB8827279cffFb92266', '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'] as [
  SpAddress,
  SpAddress
]
/** Long enough for a busy machine. */
const within = (ms = 60_000): AbortSignal => AbortSignal.timeout(ms)

async function open(t: Test): Promise<P2PHost & { readonly discovery: Discovery }> {
  const door = nodeHost({ listen: ['/ip4/127.0.0.1/tcp/0'], allowPrivate: true, nodeKey: createKey(), dht: 'server' })
  const host = await door.open()
  t.teardown(() => door.close(host))
  const { discovery } = host
  if (discovery === undefined) throw new Error('expected a DHT')
  await discovery.wake?.()
  return { ...host, discovery }
}

/** Looks again and again, for a minute. */
async function eventually(condition: () => Promise<boolean>, what: string): Promise<void> {
  let holds = await condition()
  let looking = false
  await until(
    () => {
      if (!holds && !looking) {
        looking = true
        void condition().then(now => {
          holds = now
          looking = false
        })
      }
      return holds
    },
    what,
    60_000
  )
}

async function ask({ discovery }: { discovery: Discovery }, self: SpAddress, sps: readonly SpAddress[]) {
  const found = []
  for await (const nodes of discovery.ask?.(sps, { self, signal: within() }) ?? []) found.push(...nodes)
  return found
}

/** Asks until somebody is found: on a busy machine an answer may come too late. */
async function find(...args: Parameters<typeof ask>): ReturnType<typeof ask> {
  let found: Awaited<ReturnType<typeof ask>> = []
  await eventually(async () => {
    found = await ask(...args)
    return found.length > 0
  }, 'an SP is found')
  return found
}

/** Connects two hosts to a third, which they then know to speak the DHT. */
async function meet(hub: Pick<P2PHost, 'peerId' | 'addresses'>, ...hosts: readonly P2PHost[]): Promise<void> {
  for (const host of hosts) {
    await host.connect(hub.peerId, hub.addresses(), { signal: within(), anew: false })
    const speaks = async () => (await host.peerStore.get(hub.peerId)).protocols.includes(KAD_PROTOCOL)
    await eventually(speaks, 'the hub is identified')
  }
}

t.test('those who ask the same node find each other, each telling its own record with its first question', async t => {
  const [hub, a, b] = [await open(t), await open(t), await open(t)]
  await meet(hub, a, b)
  t.same(await ask(a, A, [B]), [], 'nobody has told of B')
  const found = await find(b, B, [A])
  t.match(found, [{ peerId: a.peerId.toString(), sp: A }])
  t.equal(found[0]?.addresses[0], a.addresses()[0]?.decapsulate('/p2p').toString())
  t.match(await find(a, A, [B]), [{ peerId: b.peerId.toString(), sp: B }])
  t.match(await find(hub, A, [B]), [{ peerId: b.peerId.toString() }], 'it reads what it keeps itself')
})

t.test('SPs beyond the 64 of one request have their turn in the next', async t => {
  const [hub, a, b] = [await open(t), await open(t), await open(t)]
  await meet(hub, a, b)
  await eventually(async () => {
    await ask(a, A, [B])
    return (await ask(hub, B, [A])).length > 0
  }, 'the hub keeps the record of A')
  const unknown = Array.from({ length: 64 }, (_, n) => `0x${n.toString(16).padStart(40, '0')}` as SpAddress)
  t.match(await find(b, B, [...unknown, A]), [{ peerId: a.peerId.toString(), sp: A }])
})

t.test('a node that answers nonsense, though connected longest, does not keep us from asking others', async t => {
  const [hub, a, b] = [await open(t), await open(t), await open(t)]
  const liar = await createLibp2p({
    privateKey: privateKeyFromRaw(createKey()),
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify() }
  })
  t.teardown(() => liar.stop())
  let asked = 0
  await liar.handle(KAD_PROTOCOL, stream => {
    asked++
    stream.send(Uint8Array.of(2, 0x4a, 0x05))
  })
  const reachable = { peerId: liar.peerId, addresses: () => liar.getMultiaddrs() }
  await meet(hub, a)
  await ask(a, A, [B])
  await meet(reachable, b)
  await meet(hub, b)
  t.match(await find(b, B, [A]), [{ peerId: a.peerId.toString(), sp: A }])
  t.ok(asked > 0, 'it was asked')
})

/** A connection to a host whose DHT is the test's. */
async function connected(t: Test, handler: StreamHandler): Promise<Connection> {
  const hosts = await Promise.all(
    [1, 2].map(() =>
      createLibp2p({
        privateKey: privateKeyFromRaw(createKey()),
        addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
        transports: [tcp()],
        connectionEncrypters: [noise()],
        streamMuxers: [yamux()]
      })
    )
  )
  const [asking, answering] = hosts as [Libp2p, Libp2p]
  await answering.handle(KAD_PROTOCOL, handler)
  t.teardown(() => Promise.all(hosts.map(host => host.stop())))
  return await asking.dial(answering.getMultiaddrs(), { signal: within() })
}

const options = (signal = within()) => ({
  self: { sp: A, id: new Uint8Array(39), multiaddrs: [] },
  allowPrivate: true,
  maxNodes: 3,
  signal
})

const answering =
  (bytes: Uint8Array): StreamHandler =>
  (stream: Stream) =>
    void stream.send(bytes)

t.test('what a node answers is capped and checked, and the stream is reset', async t => {
  const cases: readonly [string, StreamHandler, RegExp][] = [
    ['more than 64 KiB', answering(Uint8Array.of(0x81, 0x80, 0x04)), /too long/],
    ['bytes that are no message', answering(Uint8Array.of(2, 0x4a, 0x05)), /^DecodeError/],
    ['a reset', stream => stream.abort(new Error('no')), /^(Stream|.*[Rr]eset)/]
  ]
  for (const [what, handler, error] of cases) {
    const connection = await connected(t, handler)
    const failed = await askPeer(connection, [B], options()).then(
      () => 'nothing',
      (cause: Error) => `${cause.name}: ${cause.message}`
    )
    t.match(failed, error, what)
    await until(() => connection.streams.length === 0, `${what}: no stream is left`, 60_000)
  }
})

t.test('answers that all come at once are read one in each turn of the event loop', async t => {
  const unknown = { id: Uint8Array.of(0, 1, 2), multiaddrs: Array.from({ length: 32 }, () => new Uint8Array(100)) }
  const answer = encodeDhtMessage({ type: DHT_TYPES.GET_PROVIDERS, providerPeers: [unknown] })
  const sps = Array.from({ length: 64 }, (_, n) => `0x${n.toString(16).padStart(40, '0')}` as SpAddress)
  const connection = await connected(t, async stream => {
    await lpStream(stream).writeV(new Array(64).fill(answer), { signal: within() })
  })
  let turns = 0
  let counting = true
  const counted = (async () => {
    for (; counting; turns++) await setImmediate()
  })()
  const asking = askPeer(connection, sps, options()).finally(() => {
    counting = false
  })
  t.same(await asking, [])
  await counted
  t.ok(turns >= 64, `${turns} turns for ${64 * answer.length} bytes`)
})

t.test('a node that never answers is given up with the signal', async t => {
  const connection = await connected(t, () => undefined)
  const controller = new AbortController()
  const asking = askPeer(connection, [B], options(controller.signal))
  await until(() => connection.streams.length === 1, 'a stream is open', 60_000)
  controller.abort(new Error('enough'))
  await t.rejects(asking)
  await until(() => connection.streams.length === 0, 'no stream is left', 60_000)
})
