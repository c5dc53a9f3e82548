import '../../../src/protocols/patches/with-resolvers.js'
import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import type { IdentifyResult, Libp2pEvents, StreamHandler } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p, type Libp2p } from 'libp2p'
import protobuf from 'protobufjs/minimal.js'
import t, { type Test } from 'tap'
import { createKey } from '../../../src/identity/keys.js'
import { nodeHost } from '../../../src/module/node-host.js'
import type { P2PHost } from '../../../src/protocols/host/host.js'
import { until } from '../../support/awaited.js'

const IDENTIFY = '/ipfs/id/1.0.0'
/** Long enough for a busy machine. */
const within = (ms = 60_000): { signal: AbortSignal } => ({ signal: AbortSignal.timeout(ms) })

async function open(t: Test): Promise<P2PHost> {
  const door = nodeHost({ listen: ['/ip4/127.0.0.1/tcp/0'], allowPrivate: true, nodeKey: createKey() })
  const host = await door.open()
  t.teardown(() => door.close(host))
  return host
}

/** A libp2p host whose identify is the test's. */
async function answering(t: Test, handler: StreamHandler): Promise<Libp2p> {
  const libp2p = await createLibp2p({
    privateKey: privateKeyFromRaw(createKey()),
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()]
  })
  await libp2p.handle(IDENTIFY, handler)
  t.teardown(() => libp2p.stop())
  return libp2p
}

/** The events of a host as they come; `next` waits for one. */
function identified(host: P2PHost): { readonly all: IdentifyResult[]; next(): Promise<IdentifyResult> } {
  const all: IdentifyResult[] = []
  const waiting: ((result: IdentifyResult) => void)[] = []
  let read = 0
  host.events.addEventListener('peer:identify', ({ detail }: Libp2pEvents['peer:identify']) => {
    all.push(detail)
    waiting.shift()?.(detail)
  })
  return {
    all,
    next: () => {
      const there = all[read++]
      return there === undefined ? new Promise(resolve => waiting.push(resolve)) : Promise.resolve(there)
    }
  }
}

const answer = (protocols: readonly string[], addresses: readonly string[] = []): Uint8Array => {
  const writer = protobuf.Writer.create().fork()
  // A public key that is not the peer's: what Noise has proven counts.
  writer.uint32((1 << 3) | 2).bytes(new Uint8Array(37).fill(7))
  for (const address of addresses) writer.uint32((2 << 3) | 2).bytes(multiaddr(address).bytes)
  for (const protocol of protocols) writer.uint32((3 << 3) | 2).string(protocol)
  return writer.ldelim().finish()
}

t.test('both ends of a connection hear what the other speaks and where it listens', async t => {
  const [a, b] = [await open(t), await open(t)]
  await a.handle('/of/a', () => undefined, {})
  await b.handle('/of/b', () => undefined, {})
  const [ofA, ofB] = [identified(a), identified(b)]
  const connection = await a.connect(b.peerId, b.addresses(), within())
  const [atA, atB] = await Promise.all([ofA.next(), ofB.next()])
  t.equal(atA.connection, connection)
  t.equal(atA.peerId.toString(), b.peerId.toString())
  t.ok(atA.protocols.includes('/of/b'))
  t.ok(atB.protocols.includes('/of/a'))
  t.same(
    atA.listenAddrs.map(address => `${address}/p2p/${b.peerId}`),
    b.addresses().map(String)
  )
  const kept = await a.peerStore.get(b.peerId)
  t.ok(kept.protocols.includes('/of/b'), 'libp2p knows it too')
})

t.test('a second connection to a peer is identified without asking again', async t => {
  let asked = 0
  const peer = await answering(t, async stream => {
    asked++
    stream.send(answer(['/of/peer'], ['/ip4/127.0.0.1/tcp/4001']))
    await stream.close()
  })
  const host = await open(t)
  const events = identified(host)
  const first = await host.connect(peer.peerId, peer.getMultiaddrs(), within())
  t.equal((await events.next()).connection, first)
  const second = await host.connect(peer.peerId, peer.getMultiaddrs(), { ...within(), anew: true })
  const again = await events.next()
  t.equal(again.connection, second)
  t.same(again.protocols, ['/of/peer'])
  t.same(again.listenAddrs.map(String), ['/ip4/127.0.0.1/tcp/4001'])
  t.equal(asked, 1)

  const gone = new Promise(resolve => host.events.addEventListener('peer:disconnect', resolve, { once: true }))
  await Promise.all([first.close(), second.close()])
  await gone
  await host.connect(peer.peerId, peer.getMultiaddrs(), within())
  await events.next()
  t.equal(asked, 2, 'who comes back is asked again')
})

t.test('a peer that answers nonsense, too much or nothing keeps its connection and is asked again', async t => {
  const answers = [
    Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
    new Uint8Array(200 * 1_024),
    new Uint8Array(0),
    answer(['/of/peer'])
  ]
  let asked = 0
  const peer = await answering(t, async stream => {
    stream.send(answers[asked++] ?? new Uint8Array(0))
    await stream.close().catch(() => undefined)
  })
  const host = await open(t)
  const events = identified(host)
  let last: unknown
  for (let round = 0; round < answers.length; round++) {
    last = await host.connect(peer.peerId, peer.getMultiaddrs(), { ...within(), anew: true })
    await until(() => asked > round, `question ${round + 1}`)
  }
  const { connection, protocols } = await events.next()
  t.same(protocols, ['/of/peer'])
  t.equal(connection, last, 'those that were not identified stay silent')
  t.equal(host.connections(peer.peerId).length, answers.length, 'and open')
})
