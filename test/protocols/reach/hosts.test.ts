import '../../../src/protocols/patches/with-resolvers.js'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { peerIdFromString } from '@libp2p/peer-id'
import { CODE_P2P } from '@multiformats/multiaddr'
import t, { type Test } from 'tap'
import { createKey, peerIdOf } from '../../../src/identity/keys.js'
import { createMetrics, type PeerIdString, silentLogger } from '../../../src/index.js'
import { systemClock } from '../../../src/kit/clock.js'
import { nodeHost } from '../../../src/module/node-host.js'
import type { PeerRecord } from '../../../src/peers/index.js'
import type { P2PHost } from '../../../src/protocols/host/host.js'
import { Attempt } from '../../../src/protocols/reach/attempt.js'
import { DialSchedule } from '../../../src/protocols/reach/dial-schedule.js'
import { Dialler } from '../../../src/protocols/reach/dialler.js'
import { until } from '../../support/awaited.js'

/** Three hosts that all tests of this file share. */
const doors = [createKey(), createKey(), createKey()].map(nodeKey =>
  nodeHost({ nodeKey, listen: ['/ip4/127.0.0.1/tcp/0'], allowPrivate: true })
)
const hosts = await Promise.all(doors.map(door => door.open()))
t.teardown(() => Promise.all(doors.map((door, n) => door.close(at(n)))))

function at(n: number): P2PHost {
  const host = hosts[n]
  if (host === undefined) throw new RangeError(`no host ${n}`)
  return host
}
const addressOf = (host: P2PHost): string => String(host.addresses()[0]?.decapsulateCode(CODE_P2P))
const idOf = (host: P2PHost): PeerIdString => String(host.peerId) as PeerIdString
const record = (peerId: PeerIdString, ...addresses: string[]): PeerRecord =>
  ({ peerId, addresses: addresses.map(address => ({ address, lastSuccess: undefined })) }) as unknown as PeerRecord
const dial = (to: PeerRecord, options = { suspect: false, anew: false }) =>
  new Attempt({ host: at(0), clock: systemClock }, options).run(to)

async function server(t: Test, onSocket: (socket: Socket) => void): Promise<string> {
  const listening: Server = createServer(socket => {
    socket.on('error', () => undefined)
    onSocket(socket)
    t.teardown(() => socket.destroy())
  }).listen(0, '127.0.0.1')
  await once(listening, 'listening')
  t.teardown(() => listening.close())
  return `/ip4/127.0.0.1/tcp/${(listening.address() as AddressInfo).port}`
}

t.test('a dial anew opens a second connection although one stands, from both sides at once', async t => {
  const [a, b] = [at(0), at(1)]
  const first = await dial(record(idOf(b), addressOf(b)))
  t.equal(first.outcome, 'ok')
  const again = await dial(record(idOf(b), addressOf(b)))
  t.equal(a.connections(b.peerId).length, 1, 'without it the one that stands is taken')
  t.equal(again.outcome === 'ok' && again.connection.id, first.outcome === 'ok' && first.connection.id)
  const both = await Promise.all([
    dial(record(idOf(b), addressOf(b)), { suspect: false, anew: true }),
    new Attempt({ host: b, clock: systemClock }, { suspect: false, anew: true }).run(record(idOf(a), addressOf(a)))
  ])
  for (const result of both) t.equal(result.outcome === 'ok' && result.connection.direction, 'outbound')
  await until(() => a.connections(b.peerId).length >= 3, 'both to be open')
  t.equal(a.connections(b.peerId).length, 3, 'the one that answers is done a moment later')
})

t.test('why a dial failed is told in plain words and as a kind', async t => {
  const [b, c] = [at(1), at(2)]
  const nobody = peerIdOf(createKey())
  const web = await server(t, socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  const free = createServer().listen(0, '127.0.0.1')
  await once(free, 'listening')
  const port = (free.address() as AddressInfo).port
  await new Promise(resolve => free.close(resolve))
  const rows = [
    {
      to: record(nobody, `/ip4/127.0.0.1/tcp/${port}`),
      kind: 'refused',
      error: `the connection was refused or reset at 127.0.0.1:${port}`
    },
    { to: record(nobody, addressOf(b)), kind: 'wrong-peer', error: 'another peer id answers at this address' },
    { to: record(nobody, '/dns4/no-such-name.invalid/tcp/1'), kind: 'dns', error: /^the name does not resolve: / },
    { to: record(nobody, web), kind: 'protocol', error: /^the handshake failed: / },
    {
      to: record(nobody, `/ip4/127.0.0.1/tcp/${port}`, addressOf(c)),
      kind: 'wrong-peer',
      error: /another peer id.*; the connection was refused/
    }
  ]
  for (const { to, kind, error } of rows) {
    const result = await dial(to)
    t.match(result, { outcome: 'failed', kind, error }, JSON.stringify(result))
  }
})

t.test('a dead address does not use up the dial, and a dial that nobody wants any more is cancelled', async t => {
  const [c] = [at(2)]
  const silent = await server(t, () => undefined)
  const metrics = createMetrics()
  const dialler = new Dialler({
    host: at(0),
    directory: { contacted: () => undefined },
    schedule: new DialSchedule({ zombieAfter: 3, random: () => 0 }),
    clock: systemClock,
    logger: silentLogger,
    metrics,
    onEnd: () => undefined
  })
  const under = dialler.dial(record(idOf(c), silent), 'uncovered-sp')
  t.equal(dialler.dialling(idOf(c)), 'uncovered-sp')
  dialler.cancel(idOf(c))
  t.same(await under, { outcome: 'cancelled' })
  const result = await dialler.dial(record(idOf(c), '/ip4/127.0.0.1/tcp/1', addressOf(c)), 'ask')
  t.equal(result.outcome, 'ok', 'the first address is dead')
  await dialler.stop()
  const counted = (await metrics.dials.get()).values.map(({ labels, value }) => [labels.result, value])
  t.same(counted, [
    ['aborted', 1],
    ['ok', 1]
  ])
})

t.test('whom the gate denies is not dialled, whoever wants it', async t => {
  const [a, c] = [at(0), at(2)]
  for (const connection of a.connections(c.peerId)) await connection.close()
  a.gateDials?.(peerId => (peerId.equals(peerIdFromString(idOf(c))) ? 'deny' : 'accept'))
  const result = await dial(record(idOf(c), addressOf(c)))
  t.match(result, { outcome: 'failed', error: /blocked, or its SP is not in service/ })
  a.gateDials?.(undefined)
  t.equal((await dial(record(idOf(c), addressOf(c)))).outcome, 'ok')
})
