import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { createServer, type Socket } from 'node:net'
import { tcp } from '@libp2p/tcp'
import { lpStream } from '@libp2p/utils'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import fc from 'fast-check'
import protobuf from 'protobufjs/minimal.js'
import t, { type Test } from 'tap'
import { createKey } from '../../../src/identity/keys.js'
import { overriding } from '../../../src/kit/overriding.js'
import { nodeHost } from '../../../src/module/node-host.js'
import { readAddress, usableAddresses } from '../../../src/protocols/addresses/usable.js'
import { type BorrowedHostComponents, borrowedHost } from '../../../src/protocols/host/borrowed-host.js'
import type { P2PHost } from '../../../src/protocols/host/host.js'
import { plainHost, within } from '../patches/plain-host.js'
import { NAMES, names, PEER, records, specialAddress } from './special-addresses.js'

const lookup = async (name: string): Promise<readonly string[]> => names.get(name) ?? []
const lookupTxt = async (name: string) => (records.get(name) ?? []).map(text => [text])

/** Addresses that sockets of this process were told to connect to. */
const attempts: string[] = []
const watched = (message: unknown): void => {
  const { socket } = message as { readonly socket: Socket }
  socket.on('connectionAttempt', (ip: string, port: number) => attempts.push(`${ip} ${port}`))
}
subscribe('net.client.socket', watched)
t.teardown(() => unsubscribe('net.client.socket', watched))

async function ownOne(t: Test, allowPrivate = false, listen: readonly string[] = []): Promise<P2PHost> {
  const door = nodeHost({ nodeKey: createKey(), listen, allowPrivate, lookup, lookupTxt })
  const host = await door.open()
  t.teardown(() => door.close(host))
  return host
}

/** A host that an embedder made, whose peer routing finds what the test says. */
async function borrowedOne(t: Test, routed: () => readonly Multiaddr[] = () => []): Promise<P2PHost> {
  let components: BorrowedHostComponents | undefined
  const service = (own: BorrowedHostComponents): object => {
    components = overriding(own, { peerRouting: { findPeer: found } })
    return {}
  }
  const found = async () => ({ id: PEER, multiaddrs: [...routed()] })
  await plainHost(t, { addresses: { listen: [] }, services: { module: service } })
  if (components === undefined) throw new Error('expected components')
  return await borrowedHost(components, { allowPrivate: false, lookup, lookupTxt }).open()
}

const AUTONAT = '/sp-approval/autonat/1.0.0'
/** AutoNAT dials back whom it is asked by, at addresses of the machine that asks. */
const ASKER_IP = '127.0.0.2'
const ASKERS_OWN = [
  `/ip4/${ASKER_IP}`,
  `/ip6/::ffff:${ASKER_IP}`,
  ...['dns', 'dns4', 'dns6'].map(n => `/${n}/${ASKER_IP}`)
]

/** Asks the host, over one connection, to dial back; resolves with its answer, or with why there is none. */
async function dialBacks(t: Test, port: number): Promise<(addresses: readonly Multiaddr[]) => Promise<unknown>> {
  const asker = await plainHost(t, {
    addresses: { listen: [] },
    transports: [tcp({ dialOpts: { localAddress: ASKER_IP } as never })]
  })
  const connection = await asker.dial(multiaddr(`/ip4/127.0.0.1/tcp/${port}`), within())
  attempts.length = 0
  return async addresses => {
    const writer = protobuf.Writer.create().uint32(8).int32(0).uint32(18).fork().uint32(10).fork()
    writer.uint32(10).bytes(asker.peerId.toMultihash().bytes)
    for (const { bytes } of addresses) writer.uint32(18).bytes(bytes)
    const stream = await connection.newStream(AUTONAT, within())
    const messages = lpStream(stream)
    await messages.write(writer.ldelim().ldelim().finish(), within())
    const answer = await messages.read(within())
    await stream.close(within())
    return statusOf(answer.subarray())
  }
}

/** The status in AutoNAT's answer; `0`, which may be left out, says that a dial worked. */
function statusOf(answer: Uint8Array): number {
  const reader = protobuf.Reader.create(answer)
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    if (tag >>> 3 !== 3) {
      reader.skipType(tag & 7)
      continue
    }
    reader.uint32()
    return reader.uint32() === 8 ? reader.int32() : 0
  }
  throw new Error('expected an answer with a status')
}

/** How an address comes to be dialled: named by the list, read from a message, told to libp2p, found by peer routing. */
const SOURCES = ['list', 'pong', 'DHT', 'identify', 'routing'] as const
type Source = (typeof SOURCES)[number]

t.test('no spelling of an address that is not public is dialled, from no source, on no host', async t => {
  let routed: readonly Multiaddr[] = []
  const listening = await ownOne(t, false, ['/ip4/127.0.0.1/tcp/0'])
  const hosts = [listening, await borrowedOne(t, () => routed)]
  const askToDialBack = await dialBacks(t, Number(listening.addresses()[0]?.getComponents()[1]?.value))
  const dial = async (host: P2PHost, address: Multiaddr, source: Source): Promise<unknown> => {
    const rules = { allowPrivate: false, max: 4 }
    const targets = {
      list: () => [address],
      pong: () => usableAddresses([address.toString()], rules).map(text => multiaddr(text)),
      DHT: () => usableAddresses(readAddress(address.bytes), rules).map(text => multiaddr(text)),
      identify: () => [],
      routing: () => []
    }[source]()
    routed = source === 'routing' ? [address] : []
    await host.peerStore.patch(PEER, { multiaddrs: source === 'identify' ? [address] : [] })
    return await host.connect(PEER, targets, within()).catch((error: unknown) => error)
  }
  const expectNoDial = (address: Multiaddr, source: string): void => {
    const dialled = attempts.splice(0)
    if (dialled.length > 0) throw new Error(`${address} from ${source}: dialled ${dialled.join()}`)
  }
  const property = fc.asyncProperty(specialAddress, fc.constantFrom(...SOURCES, 'AutoNAT'), async (address, source) => {
    if (source === 'AutoNAT') {
      const port = address.getComponents().find(({ name }) => name === 'tcp')?.value ?? '4001'
      const told = [address, ...ASKERS_OWN.map(own => multiaddr(`${own}/tcp/${port}`))]
      const status = await askToDialBack(told)
      if (status === 0) throw new Error(`one of ${told.join()} from AutoNAT was connected`)
      return expectNoDial(address, source)
    }
    for (const host of hosts) {
      const result = await dial(host, address, source)
      if (!(result instanceof Error)) throw new Error(`${address} from ${source} was connected`)
      expectNoDial(address, source)
    }
  })
  await t.resolves(fc.assert(property, { numRuns: 600 }))
})

t.test('a name whose answer is private is an error that says so', async t => {
  names.set('sp.example.com', ['10.0.0.1'])
  for (const host of [await ownOne(t), await borrowedOne(t)]) {
    await t.rejects(host.connect(PEER, [multiaddr('/dns4/sp.example.com/tcp/1')], within()), {
      code: 'ERR_UNREACHABLE',
      message: /got \/dns4\/sp\.example\.com\/tcp\/1, which resolves to 10\.0\.0\.1: allowPrivate is off$/
    })
  }
})

t.test('a name is resolved once and dialled at what it resolved to; the book is told the name', async t => {
  const server = nodeHost({ nodeKey: createKey(), listen: ['/ip4/127.0.0.1/tcp/0'], allowPrivate: true })
  const there = await server.open()
  t.teardown(() => server.close(there))
  const port = there.addresses()[0]?.getComponents()[1]?.value
  let asked = 0
  const changing = async (): Promise<readonly string[]> => [asked++ === 0 ? '127.0.0.1' : '127.0.0.99']
  const door = nodeHost({ nodeKey: createKey(), listen: [], allowPrivate: true, lookup: changing })
  const host = await door.open()
  t.teardown(() => door.close(host))
  const told = multiaddr(`/dns4/sp.example.com/tcp/${port}`)
  const connection = await host.connect(there.peerId, [told], within())
  t.equal(asked, 1)
  t.match(connection.remoteAddr.toString(), `/ip4/127.0.0.1/tcp/${port}`)
  t.equal(host.dialledAs?.(connection), told.toString())
  t.equal(await host.connect(there.peerId, [told], within()), connection, 'an open connection is used')
  t.equal(asked, 1)
})

t.test('where a name stands for several addresses, one that is silent or closed gives way to the next', async t => {
  const server = nodeHost({ nodeKey: createKey(), listen: ['/ip4/127.0.0.1/tcp/0'], allowPrivate: true })
  const there = await server.open()
  const port = Number(there.addresses()[0]?.getComponents()[1]?.value)
  const held: Socket[] = []
  // Takes the connection, and the system's backlog for it, but is never accepted by a libp2p host.
  const closed = createServer(socket => held.push(socket.on('error', () => undefined)))
  await new Promise<void>(resolve => closed.listen(port, '127.0.0.3', resolve))
  closed.close()
  t.teardown(() => server.close(there))
  names.set('many.example.com', ['127.0.0.3', '127.0.0.1'])
  const host = await ownOne(t, true)
  const connection = await host.connect(there.peerId, [multiaddr(`/dns4/many.example.com/tcp/${port}`)], within())
  t.match(connection.remoteAddr.toString(), '/ip4/127.0.0.1/')
})

t.test('the listening host of this machine hears nothing, whatever it is called', async t => {
  const trap = createServer(socket => socket.destroy())
  let heard = 0
  trap.on('connection', () => heard++)
  await new Promise<void>(resolve => trap.listen(0, resolve))
  t.teardown(() => trap.close())
  const { port } = trap.address() as { readonly port: number }
  const door = nodeHost({ nodeKey: createKey(), listen: [] })
  const host = await door.open()
  t.teardown(() => door.close(host))
  // By the system's own resolver.
  for (const name of [
    '127.0.0.1',
    '::1',
    'localhost',
    '0x7f.1',
    '2130706433',
    '0177.0.0.1',
    '127.1',
    '::ffff:127.0.0.1'
  ]) {
    for (const kind of NAMES) {
      await t.rejects(host.connect(PEER, [multiaddr(`/${kind}/${name}/tcp/${port}`)], within()), `${kind} ${name}`)
    }
  }
  t.equal(heard, 0)
})
