import { createHash } from 'node:crypto'
import t from 'tap'
import type { PeerIdString, SpAddress } from '../../../src/domain/brands.js'
import type { SpEntry } from '../../../src/domain/registry.js'
import { peerIdOf } from '../../../src/identity/keys.js'
import { resolveDnsaddr } from '../../../src/protocols/addresses/dnsaddr.js'
import { spKey } from '../../../src/protocols/dht/protocol.js'
import {
  isAsked,
  leavesOpen,
  missing,
  nextLookMs,
  nextRecordMs,
  underWay,
  whatToLookFor
} from '../../../src/protocols/dht/seeking.js'

t.test('the key of an SP is the hash of its name in lower case', async t => {
  const key = await spKey('0xF39Fd6e51aad88F6F4ce6aB8827279cffFb92266' as SpAddress)
  const name = 'sp-approval:0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
  t.same(Buffer.from(key.multihash.digest), createHash('sha256').update(name).digest())
  t.equal(key.toString(), 'bafkreictjecqes2mzy2iaw6o3ih6sbapajllmkl5vondx5jnnyx4532qkm')
  t.same(await spKey('0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266' as SpAddress), key)
})

t.test('SPs without a connected node are looked for first, less and less often', t => {
  const entry = (sp: string, nodes = 0) => ({
    operatorAddress: sp as SpAddress,
    approvalAddress: '',
    endpoint: '',
    status: 'IN_SERVICE' as const,
    nodes: Array.from({ length: nodes }, (_, index) => ({
      peerId: peerIdOf(new Uint8Array(32).fill(index + 1)),
      addresses: []
    }))
  })
  const connected = new Map([
    ['a', 1],
    ['c', 3],
    ['d', 1]
  ] as [SpAddress, number][])
  const needs = whatToLookFor([entry('a'), entry('b'), entry('c'), entry('d', 1), entry('e', 2)], connected, 3)
  t.same(
    needs.map(({ sp }) => sp),
    ['b', 'e', 'a'],
    'c has enough, and d names no more than the one'
  )
  t.same(
    [0, 1, 8, 9, 10, 20].map(tries => nextLookMs(tries, false, 0.5)),
    [1_500, 4_000, 4_000, 8_000, 16_000, 300_000],
    'often while a network may be forming'
  )
  t.same([nextLookMs(0, true, 0.5), nextLookMs(1, false, 0), nextLookMs(1, false, 0.75)], [60_000, 3_200, 4_400])
  t.same(
    [1, 2, 3].map(tries => nextLookMs(tries, true, 0.5)),
    [60_000, 120_000, 240_000]
  )
  t.same([nextRecordMs(1, 0, 0.5), nextRecordMs(5, 0, 0.5), nextRecordMs(5, 3, 0.5)], [60_000, 600_000, 4_000])
  t.end()
})

t.test('a /dnsaddr name gives addresses of the dialled peer only, one level deep, and public ones', async t => {
  const peer = peerIdOf(new Uint8Array(32).fill(1))
  const other = peerIdOf(new Uint8Array(32).fill(2))
  const asked: string[] = []
  const lookupTxt = async (name: string): Promise<string[][]> => {
    asked.push(name)
    return [
      ['dnsaddr=/ip4/8.8.8.8/tcp/9933/p2p/', peer],
      [`dnsaddr=/ip4/8.8.4.4/tcp/9933/p2p/${other}`],
      [`dnsaddr=/ip4/10.0.0.1/tcp/9933/p2p/${peer}`],
      [`dnsaddr=/dnsaddr/deeper.example.com/p2p/${peer}`],
      ['dnsaddr=/ip4/1.1.1.1/tcp/9933'],
      ['v=spf1 -all'],
      ...Array.from({ length: 20 }, (_, port) => [`dnsaddr=/ip4/9.9.9.9/tcp/${port + 1}/p2p/${peer}`])
    ]
  }
  const options = { allowPrivate: false, lookupTxt, signal: AbortSignal.timeout(1_000) }
  const resolved = (await resolveDnsaddr('sp.example.com', peer, options)).map(String)
  t.same(asked, ['_dnsaddr.sp.example.com'])
  t.equal(resolved.length, 8)
  t.equal(resolved[0], '/ip4/8.8.8.8/tcp/9933')
  t.ok(resolved.every(text => text.startsWith('/ip4/8.8.8.8/') || text.startsWith('/ip4/9.9.9.9/')))
})

t.test('the DHT is needed where the list leaves something open, or an SP or ourselves stay missing', t => {
  const sp = (name: string, ...nodes: { peerId: string; addresses: string[] }[]): SpEntry => ({
    operatorAddress: name as SpAddress,
    approvalAddress: '',
    endpoint: '',
    status: 'IN_SERVICE',
    nodes: nodes.map(({ peerId, addresses }) => ({ peerId: peerId as PeerIdString, addresses }))
  })
  const at = ['/dns4/a.example/tcp/1']
  const [a, b] = [sp('0xA', { peerId: 'p', addresses: at }), sp('0xB', { peerId: 'q', addresses: at })]
  t.equal(leavesOpen([a, b]), false, 'a list that names every node at its address')
  t.equal(leavesOpen([a, sp('0xB')]), true, 'an SP that names no node')
  t.equal(leavesOpen([a, sp('0xB', { peerId: 'q', addresses: [] })]), true, 'a node without an address')
  const self = { sp: '0xA' as SpAddress, peerId: 'p' as PeerIdString }
  t.same(
    missing([a, b], () => true, self),
    []
  )
  t.same(
    missing([a, b], () => false, self),
    ['0xB']
  )
  t.same(
    missing([a, b], () => true, { ...self, peerId: 'other' as PeerIdString }),
    ['0xA'],
    'ourselves'
  )
  t.same(
    missing([a, { ...b, status: 'IN_JAILED' }], () => false, self),
    []
  )
  t.end()
})

t.test('an SP is not looked for while enough nodes are said to be of it, or one of them is there', t => {
  const hint = (
    sp: string | undefined,
    more: Partial<Parameters<typeof underWay>[0] extends Iterable<infer R> ? R : never> = {}
  ) => ({
    state: 'hint' as const,
    hintedSp: sp as SpAddress | undefined,
    connected: false,
    lastError: undefined,
    firstSeen: 0,
    ...more
  })
  const reached = new Map([['reached' as SpAddress, 1]])
  const look = (...hints: readonly ReturnType<typeof hint>[]) => {
    const { untried, awaited } = underWay(hints, reached, 59_999, 2)
    return { untried, awaited: [...awaited] }
  }
  t.same(look(hint('one')), { untried: true, awaited: [] }, 'one may be dead')
  t.same(look(hint('two'), hint('two')), { untried: true, awaited: ['two'] })
  t.same(look(hint('there', { connected: true })), { untried: false, awaited: ['there'] })
  t.same(look(hint(undefined)), { untried: true, awaited: [] }, 'it may be anybody')
  t.same(look(hint('reached')), { untried: false, awaited: [] })
  t.same(look(hint('failed', { lastError: 'refused' })), { untried: false, awaited: [] })
  t.same(look(hint('old', { firstSeen: -1 })), { untried: false, awaited: [] }, 'nobody dialled it for a minute')
  t.end()
})

t.test('connected nodes are asked for an SP seven times before the DHT is walked for it once', t => {
  t.same([0, 1, 6, 7, 8, 15].map(isAsked), [true, true, true, false, true, false])
  t.end()
})
