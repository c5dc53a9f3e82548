import t from 'tap'
import type { PeerIdString } from '../../../src/domain/brands.js'
import { peerIdOf } from '../../../src/identity/keys.js'
import { PongHints } from '../../../src/protocols/v0/pong-hints.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'

const key = (seed: number): Uint8Array => new Uint8Array(32).fill(seed + 1)
const FROM = 'from' as PeerIdString

t.test('only what can be dialled is taken of a pong, at its rate', async t => {
  const clock = fakeClock()
  const hints = new PongHints({ maxNodes: 4, allowPrivate: false, clock })
  const good = { nodeId: peerIdOf(key(1)), multiAddr: ['/dns6/sp1.example.com/tcp/9933'] }
  const relay = `/ip4/8.8.8.8/tcp/1/p2p/${peerIdOf(key(2))}/p2p-circuit`
  const told = [
    { ...good, multiAddr: ['/ip4/10.0.0.1/tcp/1', relay, 'nonsense', '/ip4/8.8.8.8/udp/1', ...good.multiAddr] },
    { nodeId: 'no peer id', multiAddr: good.multiAddr },
    { nodeId: peerIdOf(key(3)), multiAddr: ['/ip4/127.0.0.1/tcp/1', '/ip6/fe80::1/tcp/1'] },
    { nodeId: peerIdOf(key(4)), multiAddr: [`/ip4/8.8.8.8/tcp/1/p2p/${peerIdOf(key(4))}`] }
  ]
  t.same(hints.read(FROM, told), [
    { peerId: good.nodeId, addresses: ['/dns6/sp1.example.com/tcp/9933'] },
    { peerId: peerIdOf(key(4)), addresses: ['/ip4/8.8.8.8/tcp/1'] }
  ])
  t.same(hints.read(FROM, [{ nodeId: peerIdOf(key(5)), multiAddr: good.multiAddr }]), [], 'too soon')
  await clock.advance(2_000)
  t.same(hints.read(FROM, told), [], 'what was told before is not read again')
  await clock.advance(60_000)
  t.equal(hints.read(FROM, told).length, 2)
  await clock.advance(2_000)
  const many = Array.from({ length: 100 }, (_, index) => ({ ...good, nodeId: peerIdOf(key(index)) }))
  t.equal(hints.read(FROM, many).length, 4)
})

t.test('Go tells dead ports first: a node is read again as soon as another address of it is told', async t => {
  const clock = fakeClock()
  const hints = new PongHints({ maxNodes: 4, allowPrivate: false, clock })
  const nodeId = peerIdOf(key(1))
  const [dead, right] = ['/ip4/8.8.8.8/tcp/40001', '/ip4/8.8.8.8/tcp/9933']
  const told = async (...multiAddr: readonly string[]) => {
    await clock.advance(2_000)
    return hints.read(FROM, [{ nodeId, multiAddr }])
  }
  t.same(await told(dead), [{ peerId: nodeId, addresses: [dead] }])
  t.same(await told(dead), [])
  t.same(await told(dead, right), [{ peerId: nodeId, addresses: [dead, right] }])
  t.same(await told(right, dead), [], 'the same in another order')
})
