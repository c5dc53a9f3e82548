import t from 'tap'
import { PING_PROTOCOL, PONG_PROTOCOL } from '../../../src/constants.js'
import { UnreachableError } from '../../../src/errors.js'
import { peerIdOf } from '../../../src/identity/keys.js'
import { localSigner } from '../../../src/identity/local-signer.js'
import { systemClock } from '../../../src/kit/clock.js'
import {
  counted,
  key,
  signedPing,
  signedPong,
  type TestNode,
  TestRegistry,
  testNode,
  turn,
  until,
  within
} from './harness.js'
import { rawPeer, wholeStream, writePieces } from './raw-peer.js'

t.test('two nodes know each other and the way between after one ping', async t => {
  const registry = new TestRegistry()
  const told = Array.from({ length: 100 }, (_, index) => ({
    nodeId: peerIdOf(key()),
    multiAddr: [`/ip4/192.0.2.${index}/tcp/9933`]
  }))
  const a = await testNode({ registry, clock: systemClock })
  const b = await testNode({ registry, tells: told })
  t.teardown(() => Promise.all([a.stop(), b.stop()]))
  await a.host.connect(b.host.peerId, b.host.addresses(), within())
  const begun = performance.now()
  const rtt = await a.wire.ping(b.id, within())
  t.ok(rtt > 0 && rtt < performance.now() - begun)
  t.same(b.claims, [{ peer: a.id, sp: a.sp }], 'the pinged node heard whose node it is')
  t.same(a.claims, [{ peer: b.id, sp: b.sp }], 'and so did the one that pinged')
  t.match(a.contacts, [{ peer: b.id, result: { ok: true, rttMs: rtt } }])
  t.equal(a.hints.length, 64, 'nodes told in a pong are hints, and capped')
  t.equal(await counted(b.metrics.pingsReceived, 'ok'), 1)
  t.equal(await counted(a.metrics.pingsReceived, 'pong'), 1)
})

t.test('a pong is signed anew only when the nodes that it tells of have changed', async t => {
  const registry = new TestRegistry()
  const addresses = Array.from({ length: 6 }, (_, index) => `/ip4/192.0.2.${index}/tcp/9933`)
  const tells = [{ nodeId: peerIdOf(key()), multiAddr: addresses }]
  const a = await testNode({ registry, limits: { pingsPerSecond: 100 } })
  const b = await testNode({ registry, tells })
  t.teardown(() => Promise.all([a.stop(), b.stop()]))
  await a.host.connect(b.host.peerId, b.host.addresses(), within())
  const signatures = async (): Promise<number | undefined> => {
    const { values } = await b.metrics.signDuration.get()
    return values.find(({ metricName }) => metricName?.endsWith('_count'))?.value
  }
  for (let ping = 0; ping < 3; ping++) await a.wire.ping(b.id, within())
  t.equal(await signatures(), 1)
  t.same(a.hints, [{ peerId: tells[0]?.nodeId, addresses: addresses.slice(0, 4) }])
  tells.push({ nodeId: peerIdOf(key()), multiAddr: addresses })
  await a.wire.ping(b.id, within())
  await until(async () => (await signatures()) === 2, 'the new pong to be signed')
})

t.test('every connected peer is pinged at once and then each period', async t => {
  const registry = new TestRegistry()
  // The silent one is waited for longer than the test lasts.
  const hub = await testNode({ registry, pingPeriodMs: 100, clock: systemClock, limits: { pongMs: 3_600_000 } })
  const others: TestNode[] = []
  t.teardown(() => Promise.all([hub.stop(), ...others.map(node => node.stop())]))
  const mute = await rawPeer({ protocols: [PING_PROTOCOL], identify: true })
  t.teardown(() => mute.stop())
  await mute.connect(hub)
  for (let index = 0; index < 5; index++) {
    const node = await testNode({ registry })
    others.push(node)
    await node.host.connect(hub.host.peerId, hub.host.addresses(), within())
  }
  const good = (node: TestNode): number =>
    hub.contacts.filter(({ peer, result }) => peer === node.id && result.ok).length
  await until(() => others.every(node => good(node) >= 3), 'three rounds')
  t.ok(
    hub.contacts.every(({ peer }) => peer !== mute.id),
    'a peer that does not answer delays nobody'
  )
  t.equal(await counted(hub.metrics.pingsSent, 'failed'), 0)
  const sent = await hub.metrics.signDuration.get()
  t.equal(sent.values.find(({ metricName }) => metricName?.endsWith('_count'))?.value, 1, 'the ping is signed once')
})

t.test('a peer that stays silent counts as failed after its time', async t => {
  const registry = new TestRegistry()
  const hub = await testNode({ registry, pingPeriodMs: 50, clock: systemClock, limits: { pongMs: 150 } })
  const mute = await rawPeer({ protocols: [PING_PROTOCOL] })
  t.teardown(() => Promise.all([hub.stop(), mute.stop()]))
  await mute.connect(hub)
  await until(() => hub.contacts.length > 0, 'the failed contact')
  t.match(hub.contacts[0], { peer: mute.id, result: { ok: false, error: 'no pong within 150 ms' } })
  await t.rejects(hub.wire.ping(mute.id, within(50)), UnreachableError)
})

t.test('only a good signature of a listed SP is answered', async t => {
  const registry = new TestRegistry()
  const refused = localSigner(key())
  const limits = { pingsPerSecond: 100 }
  const node = await testNode({
    registry,
    limits,
    pins: new Map([[refused.operatorAddress, new Set()]])
  })
  const listed = localSigner(key())
  const unlisted = localSigner(key())
  registry.add(listed.operatorAddress)
  registry.add(refused.operatorAddress)
  let pongs = 0
  const peer = await rawPeer({
    protocols: [PONG_PROTOCOL],
    onStream: () => {
      pongs++
    }
  })
  t.teardown(() => Promise.all([node.stop(), peer.stop()]))
  const connection = await peer.connect(node)
  const send = async (protocol: string, bytes: Uint8Array): Promise<void> =>
    writePieces(await peer.open(connection, protocol), [wholeStream(protocol, bytes)])
  const result = (name: string): Promise<number> => counted(node.metrics.pingsReceived, name)

  await send(PING_PROTOCOL, await signedPing(unlisted))
  await send(PING_PROTOCOL, await signedPing(unlisted, listed.operatorAddress))
  await send(PING_PROTOCOL, await signedPing(refused))
  await send(PING_PROTOCOL, Uint8Array.of(1, 2, 3))
  await send(PONG_PROTOCOL, await signedPong(listed))
  await send(PING_PROTOCOL, await signedPing(listed, listed.operatorAddress.toLowerCase()))
  await send(PING_PROTOCOL, await signedPing(listed, `0X${listed.operatorAddress.slice(2).toUpperCase()}`))
  await until(() => pongs === 2, 'two pongs')
  t.equal(await result('not-listed'), 1)
  t.equal(await result('signature'), 1)
  t.equal(await result('wrong-peer'), 1)
  t.equal(await result('malformed'), 1)
  t.equal(await result('unsolicited'), 1, 'a pong nobody asked for')
  t.equal(await result('ok'), 2, 'the SP has many spellings on the wire')
  t.same(
    node.claims.map(({ sp }) => sp),
    [listed.operatorAddress, listed.operatorAddress],
    'and one in our books'
  )
})

t.test('a peer that pings too often is heard at its rate, and a bad signature costs it more', async t => {
  const registry = new TestRegistry()
  const node = await testNode({ registry })
  const listed = localSigner(key())
  registry.add(listed.operatorAddress)
  const peer = await rawPeer()
  t.teardown(() => Promise.all([node.stop(), peer.stop()]))
  const connection = await peer.connect(node)
  const forged = await signedPing(localSigner(key()), listed.operatorAddress)
  for (let index = 0; index < 30; index++) {
    const stream = await peer.open(connection, PING_PROTOCOL)
    await writePieces(stream, [wholeStream(PING_PROTOCOL, forged)])
  }
  const read = async (): Promise<[signatures: number, rate: number]> => [
    await counted(node.metrics.pingsReceived, 'signature'),
    await counted(node.metrics.pingsReceived, 'rate')
  ]
  let [signatures, rate] = await read()
  await until(async () => {
    ;[signatures, rate] = await read()
    return signatures + rate >= 30
  }, 'all pings to be judged')
  t.ok(signatures <= 5, `${signatures} signatures were verified`)
  t.equal(signatures + rate, 30, 'the rest met the rate')
})

t.test('a signer that fails is asked again with the next ping', async t => {
  const registry = new TestRegistry()
  const real = localSigner(key())
  registry.add(real.operatorAddress)
  let calls = 0
  const node = await testNode({
    registry,
    signer: {
      sign: (digest, subject) => (calls++ === 0 ? Promise.reject(new Error('busy')) : real.sign(digest, subject))
    }
  })
  const other = await testNode({ registry })
  t.teardown(() => Promise.all([node.stop(), other.stop()]))
  await node.host.connect(other.host.peerId, other.host.addresses(), within())
  await t.rejects(node.wire.ping(other.id, within()), { message: /busy/ })
  const again = new AbortController()
  const unanswered = t.rejects(node.wire.ping(other.id, again))
  await until(() => calls === 2, 'the second signature')
  again.abort()
  await unanswered
  t.equal(calls, 2)
  t.same(node.contacts, [], 'our own fault counts against nobody')
})

t.test('a pong of 300 nodes with 20 addresses is read within its caps', async t => {
  const registry = new TestRegistry()
  const node = await testNode({ registry })
  const listed = localSigner(key())
  registry.add(listed.operatorAddress)
  const nodes = Array.from({ length: 300 }, () => ({
    nodeId: peerIdOf(key()),
    multiAddr: Array.from({ length: 20 }, (_, index) => `/dns4/sp${index}.example.com/tcp/9933`)
  }))
  const pong = await signedPong(listed, nodes)
  const peer = await rawPeer({ protocols: [PING_PROTOCOL, PONG_PROTOCOL] })
  t.teardown(() => Promise.all([node.stop(), peer.stop()]))
  const connection = await peer.connect(node)
  await until(() => node.host.connections().length > 0, 'the connection')
  const answered = node.wire.ping(peer.id, within())
  await turn()
  const cpu = process.cpuUsage()
  await writePieces(await peer.open(connection, PONG_PROTOCOL), [wholeStream(PONG_PROTOCOL, pong)])
  await answered
  const { user, system } = process.cpuUsage(cpu)
  t.ok(pong.length < 256 * 1024, `${pong.length} bytes`)
  t.ok(user + system < 2_000_000, `read with ${Math.round((user + system) / 1_000)} ms of CPU`)
  t.equal(node.hints.length, 64)
  t.ok(node.hints.every(({ addresses }) => addresses.length === 4))
})

t.test('a captured ping gives another peer no more than a claim, and none where the SP names its nodes', async t => {
  const registry = new TestRegistry()
  const open = await testNode({ registry })
  const pinned = await testNode({ registry, legacyMode: 'pinned' })
  const victim = localSigner(key())
  registry.add(victim.operatorAddress)
  const captured = await signedPing(victim)
  const replayer = await rawPeer({ protocols: [PONG_PROTOCOL] })
  t.teardown(() => Promise.all([open.stop(), pinned.stop(), replayer.stop()]))
  for (const node of [open, pinned]) {
    const stream = await replayer.open(await replayer.connect(node), PING_PROTOCOL)
    await writePieces(stream, [wholeStream(PING_PROTOCOL, captured)])
  }
  await until(() => open.claims.length > 0, 'the claim')
  t.same(open.claims, [{ peer: replayer.id, sp: victim.operatorAddress }])
  t.same(open.contacts, [], 'it was not dialled, and nothing is said of how it fares')
  await until(async () => (await counted(pinned.metrics.pingsReceived, 'wrong-peer')) > 0, 'the ping to be judged')
  t.same(pinned.claims, [])
})
