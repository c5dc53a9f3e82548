import '../../../src/protocols/patches/with-resolvers.js'
import { randomBytes } from 'node:crypto'
import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import t from 'tap'
import { LifecycleError } from '../../../src/errors.js'
import { nodeHost } from '../../../src/module/node-host.js'
import { isPrivateAddress, isPrivateIp } from '../../../src/protocols/addresses/private.js'
import { type BorrowedHostComponents, borrowedHost } from '../../../src/protocols/host/borrowed-host.js'

const key = (): Uint8Array => new Uint8Array(randomBytes(32))
/** Long enough for a busy machine. */
const within = (ms = 60_000): { signal: AbortSignal } => ({ signal: AbortSignal.timeout(ms) })
const options = { listen: ['/ip4/127.0.0.1/tcp/0'], allowPrivate: true }

t.test('an own host opens afresh twenty times and leaves nothing behind', async t => {
  const nodeKey = key()
  const door = nodeHost({ ...options, nodeKey })
  const other = nodeHost({ ...options, nodeKey: key() })
  const peer = await other.open()
  t.teardown(() => other.close(peer))
  const cycle = async (): Promise<string> => {
    const host = await door.open()
    await host.connect(peer.peerId, peer.addresses(), within())
    await door.close(host)
    return host.peerId.toString()
  }
  const first = await cycle()
  const sockets = (): number => process.getActiveResourcesInfo().filter(name => /TCP|Timeout/.test(name)).length
  const before = sockets()
  for (let index = 0; index < 20; index++) t.equal(await cycle(), first, 'with the same peer id')
  // libp2p's own debounce of address changes fires up to a second after its stop.
  for (let wait = 0; wait < 1_000 && sockets() > before; wait++) await new Promise(resolve => setTimeout(resolve, 50))
  t.ok(sockets() <= before, 'no socket and no timer more than before')
})

t.test('an address that is taken is one clear line', async t => {
  const door = nodeHost({ ...options, nodeKey: key() })
  const host = await door.open()
  t.teardown(() => door.close(host))
  const taken = host.addresses()[0]?.decapsulateCode(421).toString() ?? ''
  const second = nodeHost({ nodeKey: key(), listen: [taken] })
  await t.rejects(second.open(), LifecycleError)
  await t.rejects(second.open(), {
    message: /^libp2p host: cannot listen on \/ip4\/127\.0\.0\.1\/tcp\/\d+: EADDRINUSE[^\n]*$/
  })
})

t.test('without allowPrivate no private address is dialled, by number or by name', async t => {
  const target = nodeHost({ ...options, nodeKey: key() })
  const there = await target.open()
  const careful = nodeHost({ nodeKey: key(), listen: [] })
  const host = await careful.open()
  t.teardown(() => Promise.all([target.close(there), careful.close(host)]))
  const port = there.addresses()[0]?.getComponents()[1]?.value ?? ''
  for (const name of ['/ip4/127.0.0.1', '/dns4/localhost', '/ip6/::ffff:127.0.0.1']) {
    await t.rejects(host.connect(there.peerId, [multiaddr(`${name}/tcp/${port}`)], within()), name)
  }
  await t.rejects(host.connect(there.peerId, [multiaddr(`/ip4/127.0.0.1/tcp/${port}`)], within()), {
    code: 'ERR_UNREACHABLE',
    message: /^expected a public address, got \/ip4\/127\.0\.0\.1\/tcp\/\d+: allowPrivate is off$/,
    hint: /AllowPrivate/
  })
  t.same(there.connections(), [])
  const brave = nodeHost({ ...options, nodeKey: key() })
  const dialler = await brave.open()
  t.teardown(() => brave.close(dialler))
  const connection = await dialler.connect(there.peerId, [multiaddr(`/dns4/localhost/tcp/${port}`)], within())
  t.equal(connection.remotePeer.toString(), there.peerId.toString(), 'with it a name may be local')
})

t.test('private addresses are told from public ones', async t => {
  const closed = [
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.1.1',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1'
  ]
  const closed6 = [
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    'ff02::1',
    '::ffff:10.0.0.1',
    '2001:db8::1',
    'fe80::1%eth0',
    'nonsense'
  ]
  for (const ip of [...closed, ...closed6]) t.ok(isPrivateIp(ip), ip)
  for (const ip of ['8.8.8.8', '1.1.1.1', '2606:4700::1111', '::ffff:8.8.8.8']) t.notOk(isPrivateIp(ip), ip)
  t.notOk(isPrivateAddress(multiaddr('/dns4/sp.example.com/tcp/1')), 'a name is judged when it is resolved')
  t.ok(isPrivateAddress(multiaddr('/unix/tmp%2Fsocket')))
})

t.test('a borrowed host is used and left alone', async t => {
  let components: BorrowedHostComponents | undefined
  const libp2p = await createLibp2p({
    privateKey: privateKeyFromRaw(key()),
    addresses: { listen: options.listen },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: {
      identify: identify(),
      module: (own: BorrowedHostComponents) => {
        components = own
        return {}
      }
    }
  })
  const own = nodeHost({ ...options, nodeKey: key() })
  const other = await own.open()
  t.teardown(() => Promise.all([libp2p.stop(), own.close(other)]))
  if (components === undefined) return t.fail('the service was made')
  const door = borrowedHost(components, { allowPrivate: true })
  const host = await door.open()
  t.match(host.addresses()[0]?.toString(), new RegExp(`^/ip4/127\\.0\\.0\\.1/tcp/\\d+/p2p/${libp2p.peerId}$`))
  t.equal(host.maxConnections, 300)
  const connection = await host.connect(other.peerId, other.addresses(), within())
  t.equal(host.connections(other.peerId)[0], connection)
  await host.handle('/test/1', stream => stream.close(within()), {})
  t.ok(libp2p.getProtocols().includes('/test/1'))
  await host.unhandle('/test/1')
  await door.close(host)
  t.equal(libp2p.status, 'started')
  t.equal(connection.status, 'open')
})
