import { randomBytes } from 'node:crypto'
import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import { peerIdFromPublicKey } from '@libp2p/peer-id'
import type { Test } from 'tap'
import { DEFAULT_PEER_LIMITS } from '../../../src/domain/peer-limits.js'
import { createKey, peerIdOf } from '../../../src/identity/keys.js'
import { createMetrics, type PeerIdString, type SpAddress, type SpEntry, silentLogger } from '../../../src/index.js'
import { PeerBook } from '../../../src/peers/book.js'
import type { PeerRecord } from '../../../src/peers/index.js'
import type { P2PHost } from '../../../src/protocols/host/host.js'
import { ConnectionKeeper } from '../../../src/protocols/reach/index.js'
import type { BookContents, BookRecord } from '../../../src/store/book.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { testChain } from '../../../src/testing/index.js'
import { AccessList } from '../../../src/trust/access-list.js'
import { createTrust, type LegacyMode, type Pins } from '../../../src/trust/index.js'
import { ListTrust } from '../../../src/trust/list-trust.js'
import { type FakeHost, fakeHost } from './fake-host.js'

const SELF = '0xS' as SpAddress

export const spName = (n: number): SpAddress => `0x${n}` as SpAddress

/** What a node that was healthy when we stopped looks like on disk. */
export const keptRecord = (peerId: PeerIdString, n: number, failures: number): BookRecord => ({
  peerId,
  sp: spName(n),
  source: 'registry',
  firstSeen: 0,
  standing: 'verified',
  proven: false,
  addresses: [{ address: '/ip4/127.0.0.1/tcp/4001', lastSuccess: 1 }],
  failures,
  rttMs: 1,
  lastSuccess: 1,
  lastError: undefined
})

/** Of Ed25519: reading a peer id of secp256k1 decompresses a point, which takes longer than a dial here. */
const made: PeerIdString[] = []
export function peerIds(count: number): readonly [PeerIdString, PeerIdString, PeerIdString, ...PeerIdString[]] {
  while (made.length < Math.max(3, count))
    made.push(String(peerIdFromPublicKey(publicKeyFromRaw(randomBytes(32)))) as PeerIdString)
  const [a = none(), b = none(), c = none(), ...more] = made
  return [a, b, c, ...more.slice(0, Math.max(0, count - 3))]
}

function none(): never {
  throw new Error('there are always three')
}

export const spEntry = (n: number, nodes: readonly PeerIdString[], more: Partial<SpEntry> = {}): SpEntry => ({
  operatorAddress: spName(n),
  approvalAddress: '',
  endpoint: '',
  status: 'IN_SERVICE',
  nodes: nodes.map(peerId => ({ peerId, addresses: ['/ip4/127.0.0.1/tcp/4001'] })),
  ...more
})

export interface ReachInit {
  /** Nodes of each SP on the list. */
  readonly sps: readonly (readonly PeerIdString[])[]
  /** Further entries of the list. */
  readonly list?: readonly SpEntry[]
  readonly legacyMode?: LegacyMode
  readonly pins?: Pins
  readonly answer?: FakeHost['answer']
  readonly book?: BookContents
  readonly bootstrap?: readonly PeerIdString[]
  readonly host?: Partial<P2PHost>
  readonly hold?: boolean
  readonly random?: () => number
}

/** A keeper over a book, a list and a fake host, started; nothing of libp2p runs. */
export function reach(t: Test, init: ReachInit) {
  const clock = fakeClock()
  const chain = testChain()
  for (const [n, nodes] of init.sps.entries()) chain.put(spEntry(n, nodes))
  for (const entry of init.list ?? []) chain.put(entry)
  const { legacyMode: mode = 'auto', pins = new Map() } = init
  const trust = createTrust({ mode, pins, entryOf: sp => registry.get(sp) })
  const { registry } = chain.connector(SELF, { namePeers: true })
  const fake = fakeHost(clock, init.host)
  fake.answer = init.answer ?? (() => 'ok')
  fake.hold = init.hold ?? false
  const connected = new Set<PeerIdString>()
  const nothing = (): void => undefined
  const listTrust = new ListTrust({ mode, pins })
  const directory = new PeerBook({
    self: { sp: SELF },
    bootstrap: (init.bootstrap ?? []).map(peerId => ({ peerId, address: '/ip4/127.0.0.1/tcp/4001' })),
    trust: listTrust,
    limits: DEFAULT_PEER_LIMITS,
    isConnected: peerId => connected.has(peerId),
    clock,
    events: { added: nothing, failed: nothing, recovered: nothing, pruned: nothing },
    keep: nothing
  })
  if (init.book !== undefined) directory.restore(init.book)
  const metrics = createMetrics()
  const accessList = new AccessList({ directory, trust, listTrust, admitStrangers: false, self: SELF, clock })
  const keeper = new ConnectionKeeper({
    host: fake.host,
    directory,
    registry,
    accessList,
    trust,
    self: { sp: SELF, peerId: peerIdOf(createKey()) },
    limits: DEFAULT_PEER_LIMITS,
    connected,
    clock,
    logger: silentLogger,
    metrics,
    random: init.random ?? (() => 0.5)
  })
  keeper.start()
  // As the module does: the book takes the list over after the keeper has heard of it.
  directory.sync(registry.list())
  registry.onChange(() => directory.sync(registry.list()))
  t.teardown(async () => {
    fake.hold = false
    fake.release()
    await keeper.stop()
  })
  const standing = (peerId: PeerIdString): PeerRecord['standing'] | undefined => directory.get(peerId)?.standing
  return { ...fake, fake, clock, chain, keeper, directory, accessList, connected, metrics, standing }
}

/** How many dials any second of a run holds at most. */
export function mostPerSecond(dials: readonly { readonly at: number }[], from = 0): number {
  const times = dials.map(({ at }) => at).filter(at => at >= from)
  return Math.max(0, ...times.map(at => times.filter(other => other >= at && other < at + 1_000).length))
}
