import t from 'tap'
import type { PeerIdString, SpAddress } from '../../src/domain/brands.js'
import type { SpEntry } from '../../src/domain/registry.js'
import { MemoryDirectory } from '../../src/peers/directory.js'
import { fakeClock } from '../../src/testing/fake-clock.js'

const [SELF, A, B] = ['0xS', '0xA', '0xB'] as [SpAddress, SpAddress, SpAddress]
const [P, Q] = ['peer-p', 'peer-q'] as [PeerIdString, PeerIdString]

const entry = (operatorAddress: SpAddress, ...peers: PeerIdString[]): SpEntry => ({
  operatorAddress,
  approvalAddress: '',
  endpoint: '',
  status: 'IN_SERVICE',
  nodes: peers.map(peerId => ({ peerId, addresses: ['/dns4/list.example/tcp/1'] }))
})

function directory(init: { pins?: [SpAddress, PeerIdString][]; bootstrap?: PeerIdString[] }): MemoryDirectory {
  return new MemoryDirectory({
    self: SELF,
    bootstrap: (init.bootstrap ?? []).map(peerId => ({ peerId, address: '/dns4/own.example/tcp/2' })),
    pins: new Map((init.pins ?? []).map(([sp, peerId]) => [sp, new Set([peerId])])),
    isConnected: () => false,
    clock: fakeClock()
  })
}

t.test('a pinned node that the list gave to another SP for a while comes back to the SP of its pin', async t => {
  const nodes = directory({ pins: [[A, P]] })
  nodes.sync([entry(A), entry(B, P)])
  t.match(nodes.get(P), { sp: B, state: 'verified' }, 'the list is newer than the pin')
  nodes.sync([entry(A), entry(B, Q)])
  t.match(nodes.get(P), { sp: A, state: 'verified' })
  t.match(nodes.get(Q), { sp: B, state: 'verified' })
  nodes.sync([entry(A), entry(B)])
  t.match(nodes.get(P), { sp: A, state: 'verified' })
  t.equal(nodes.get(Q), undefined, 'nothing else names it')
})

t.test('a bootstrap node that leaves the list is known by its configured address again', async t => {
  const nodes = directory({ bootstrap: [P] })
  nodes.sync([entry(A, P)])
  t.match(nodes.get(P), { sp: A, state: 'verified', addresses: ['/dns4/list.example/tcp/1'] })
  nodes.sync([entry(A, Q)])
  t.match(nodes.get(P), { sp: undefined, state: 'hint', addresses: ['/dns4/own.example/tcp/2'] })
})

t.test('an open SP has four claimed nodes; one that is connected gives way to nobody', async t => {
  const connected = new Set<PeerIdString>()
  const nodes = new MemoryDirectory({
    self: SELF,
    bootstrap: [],
    pins: new Map(),
    isConnected: peerId => connected.has(peerId),
    clock: fakeClock()
  })
  nodes.sync([entry(A), entry(B)])
  const peers = Array.from({ length: 6 }, (_, n) => `peer-${n}` as PeerIdString)
  for (const peer of peers.slice(0, 4)) {
    connected.add(peer)
    t.equal(nodes.claim(peer, A), true)
  }
  t.equal(nodes.claim(peers[4] as PeerIdString, A), false)
  connected.delete(peers[1] as PeerIdString)
  t.equal(nodes.claim(peers[4] as PeerIdString, A), true)
  t.equal(nodes.get(peers[1] as PeerIdString), undefined)
  t.equal(nodes.claim(peers[0] as PeerIdString, B), true, 'a node moves to the SP it speaks for now')
  t.equal(nodes.list({ sp: A }).length, 3)
  nodes.sync([entry(A, Q), entry(B)])
  t.same(
    nodes.list().map(({ peerId }) => peerId),
    [peers[0], Q],
    'none speaks for an SP that names its nodes'
  )
})
