import '../../../src/protocols/patches/with-resolvers.js'
import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import type { PeerId, PeerStore } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import t from 'tap'
import type { PeerIdString } from '../../../src/domain/brands.js'
import { createKey } from '../../../src/identity/keys.js'
import { Contacts } from '../../../src/protocols/dht/contacts.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'

const somebody = (): PeerId => peerIdFromPrivateKey(privateKeyFromRaw(createKey()))
const textOf = (peer: PeerId): PeerIdString => peer.toString() as PeerIdString
const [HERE, THERE] = [multiaddr('/ip4/8.8.8.8/tcp/1'), multiaddr('/ip4/9.9.9.9/tcp/2')]

t.test('what a node told of itself rules over what others say of it', async t => {
  const told = new Map<string, readonly Multiaddr[]>()
  const contacts = new Contacts({
    self: somebody(),
    ownAddresses: () => [],
    peerStore: {} as PeerStore,
    records: { addressesOf: peer => told.get(peer) ?? [] },
    allowPrivate: false,
    clock: fakeClock()
  })
  const node = somebody()
  contacts.hear(node, [THERE, multiaddr('/ip4/10.0.0.1/tcp/3')])
  t.same(contacts.addressesOf(textOf(node)), [`${THERE}`], 'others may be right')
  told.set(textOf(node), [HERE])
  contacts.hear(node, [THERE])
  t.same(contacts.addressesOf(textOf(node)), [`${HERE}`])
  t.same((await contacts.named(node)).multiaddrs, [HERE.bytes])
})

t.test('what others say is bounded, the newest kept', t => {
  const contacts = new Contacts({
    self: somebody(),
    ownAddresses: () => [],
    peerStore: {} as PeerStore,
    records: { addressesOf: () => [] },
    allowPrivate: false,
    clock: fakeClock()
  })
  const first = somebody()
  contacts.hear(first, [HERE])
  const others = Array.from({ length: 2_048 }, (_, n) => ({ toString: () => `p${n}`, equals: () => false }))
  for (const other of others) contacts.hear(other as unknown as PeerId, [HERE])
  t.same(contacts.addressesOf(textOf(first)), [])
  t.equal([...contacts.heard()].length, 2_048)
  t.end()
})
