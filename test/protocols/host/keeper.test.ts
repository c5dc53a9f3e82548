import '../../../src/protocols/shim.js'
import type { Connection, Libp2pEvents } from '@libp2p/interface'
import { TypedEventEmitter } from 'main-event'
import t, { type Test } from 'tap'
import { DEFAULT_PEER_LIMITS } from '../../../src/domain/peer-limits.js'
import { createKey, peerIdOf } from '../../../src/identity/keys.js'
import { createMetrics, type PeerIdString, type SpAddress, type SpEntry, silentLogger } from '../../../src/index.js'
import { PeerBook } from '../../../src/peers/book.js'
import type { P2PHost } from '../../../src/protocols/host/host.js'
import { ConnectionKeeper, type KeeperInit } from '../../../src/protocols/host/keeper.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { testChain } from '../../../src/testing/index.js'

const SP = '0xA' as SpAddress
const SELF = '0xS' as SpAddress

t.test('a dial under way when its SP leaves the list or service ends in a hang-up', async t => {
  for (const leave of ['removed', 'jailed'] as const) {
    const { chain, dials, closed, settle } = await keeper(t)
    t.equal(dials.length, 1)
    if (leave === 'removed') chain.remove(SP)
    else chain.setStatus(SP, 'IN_JAILED')
    dials[0]?.()
    await settle(0)
    t.equal(closed.length, 1, leave)
    await settle(60_000)
    t.equal(dials.length, 1, `${leave}: not dialled again`)
  }
})

t.test('an SP that leaves the list is not dialled once more on its way out', async t => {
  const { chain, dials, refuse, settle } = await keeper(t)
  refuse()
  await settle(0)
  chain.remove(SP)
  await settle(60_000)
  t.equal(dials.length, 1)
})

t.test('a dial of an SP that stays is kept', async t => {
  const { dials, closed, settle } = await keeper(t)
  dials[0]?.()
  await settle(400)
  t.equal(closed.length, 0)
})

t.test('however many nodes are dead, each is dialled in its turn', async t => {
  const { nodes, dialled, clock } = await deadNodes(t, 150)
  await clock.advance(60_000)
  t.equal(new Set(dialled).size, nodes.length)
})

t.test('a change of one SP hurries no other', async t => {
  const { nodes, dialled, clock, change } = await deadNodes(t, 3)
  await clock.advance(300_000)
  dialled.splice(0)
  while (dialled.length === 0) await clock.advance(1_000)
  // All three, and none for 30 s from when they failed.
  await clock.advance(6_000)
  dialled.splice(0)
  change(1)
  await clock.advance(2_000)
  t.same(dialled, [nodes[1]])
})

/** SPs with a node each that never answers. */
async function deadNodes(t: Test, count: number) {
  const clock = fakeClock()
  const chain = testChain()
  const nodes = Array.from({ length: count }, () => peerIdOf(createKey()))
  const change = (n: number): void =>
    chain.put({
      operatorAddress: `0x${n}` as SpAddress,
      approvalAddress: '',
      endpoint: `https://${clock.monotonic()}.example`,
      status: 'IN_SERVICE',
      nodes: [{ peerId: nodes[n] as PeerIdString, addresses: ['/ip4/127.0.0.1/tcp/1'] }]
    })
  for (const n of nodes.keys()) change(n)
  const { registry } = chain.connector(SP, { namePeers: true })
  const dialled: string[] = []
  const host = {
    events: new TypedEventEmitter<Libp2pEvents>(),
    connections: () => [],
    connect: (peer: object, _: unknown, { signal }: { signal: AbortSignal }) => {
      dialled.push(String(peer))
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('no answer'))))
    }
  } as unknown as P2PHost
  const { keeping, directory } = assemble({ clock, host, registry, connected: new Set() })
  directory.sync(registry.list())
  keeping.start()
  t.teardown(() => keeping.stop())
  return { nodes, dialled, clock, change }
}

/** One SP with one node, a keeper over a host whose dials end when the test says so, a directory that follows the list. */
async function keeper(t: Test) {
  const clock = fakeClock()
  const chain = testChain()
  const node = peerIdOf(createKey())
  const entry: SpEntry = {
    operatorAddress: SP,
    approvalAddress: '',
    endpoint: '',
    status: 'IN_SERVICE',
    nodes: [{ peerId: node, addresses: ['/ip4/127.0.0.1/tcp/1'] }]
  }
  chain.put(entry)
  const { registry } = chain.connector(SP, { namePeers: true })
  const connected = new Set<PeerIdString>()
  const open: Connection[] = []
  const closed: Connection[] = []
  const dials: (() => void)[] = []
  let refuse: () => void = () => undefined
  const connection = {
    close: async () => {
      closed.push(connection)
      open.splice(0)
    }
  } as unknown as Connection
  const host = {
    events: new TypedEventEmitter<Libp2pEvents>(),
    connections: () => open,
    connect: () =>
      new Promise<Connection>((resolve, reject) => {
        refuse = () => reject(new Error('connection refused'))
        dials.push(() => {
          open.push(connection)
          connected.add(node)
          resolve(connection)
        })
      })
  } as unknown as P2PHost
  const { keeping, directory } = assemble({ clock, host, registry, connected })
  directory.sync(registry.list())
  keeping.start()
  registry.onChange(() => directory.sync(registry.list()))
  t.teardown(async () => {
    for (const dial of dials) dial()
    await keeping.stop()
  })
  return { chain, dials, closed, refuse: () => refuse(), settle: (ms: number) => clock.advance(ms) }
}

function assemble(init: Pick<KeeperInit, 'clock' | 'host' | 'registry' | 'connected'>) {
  const { clock, connected } = init
  const nothing = (): void => undefined
  const directory = new PeerBook({
    self: { sp: SELF },
    bootstrap: [],
    pins: new Map(),
    limits: DEFAULT_PEER_LIMITS,
    isConnected: peerId => connected.has(peerId),
    clock,
    events: { added: nothing, failed: nothing, recovered: nothing, pruned: nothing },
    keep: nothing
  })
  const keeping = new ConnectionKeeper({
    ...init,
    directory,
    self: { sp: SELF, peerId: peerIdOf(createKey()) },
    limits: DEFAULT_PEER_LIMITS,
    logger: silentLogger,
    metrics: createMetrics(),
    random: () => 0.5,
    onChange: nothing
  })
  return { directory, keeping }
}
