/** What AutoNAT does without the changes of autonat/: a test that fails here says that a change can go. */
import '../../../src/protocols/patches/with-resolvers.js'
import { type AutoNATComponents, autoNAT } from '@libp2p/autonat'
import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import type { PeerId, Startable, Topology } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import t, { type Test } from 'tap'
import { createKey } from '../../../src/identity/keys.js'
import { quietLogger } from '../../../src/protocols/patches/quiet-logger.js'
import { plainHost } from '../patches/plain-host.js'

const ASKER = multiaddr('/ip4/5.5.5.5/tcp/9001')
const BY_NAME = multiaddr('/dns4/sp.example.com/tcp/9001')

interface Inside {
  handleAutonatMessage(
    message: object,
    connection: object,
    options: object
  ): Promise<{ readonly dialResponse: { readonly status: string; readonly statusText?: string } }>
  findRandomPeers(): Promise<void>
  readonly dialResults: ReadonlyMap<string, unknown>
}

const somebody = (): PeerId => peerIdFromPrivateKey(privateKeyFromRaw(createKey()))

/** AutoNAT in a host of which nothing is real. Its one connection is the asker's. */
async function service(t: Test, own: readonly object[] = []) {
  const dials: { readonly options: unknown }[] = []
  let walks = 0
  let closed = 0
  let topology: Topology = {}
  const asker = somebody()
  const open = { remotePeer: asker, remoteAddr: ASKER, close: async () => void closed++ }
  const parts = {
    peerId: somebody(),
    logger: quietLogger,
    registrar: {
      handle: async () => undefined,
      unhandle: async () => undefined,
      register: async (_protocol: string, given: Topology) => {
        topology = given
        return 'topology'
      }
    },
    addressManager: { getAddresses: () => [], getAddressesWithMetadata: () => own },
    connectionManager: {
      getConnections: () => [],
      getMaxConnections: () => 100,
      isDialable: async () => false,
      openConnection: async (_target: Multiaddr, options: unknown) => {
        dials.push({ options })
        return open
      }
    },
    transportManager: { dialTransportForMultiaddr: () => ({}) },
    peerStore: { get: async () => ({ addresses: [] }) },
    randomWalk: {
      walk: () => {
        walks++
        return []
      }
    }
  }
  const made = autoNAT()(parts as unknown as AutoNATComponents) as Startable & Inside
  await made.start()
  t.teardown(() => made.stop())
  const ask = (from: Multiaddr, told: Multiaddr) =>
    made.handleAutonatMessage(
      { type: 'DIAL', dial: { peer: { id: asker.toMultihash().bytes, addrs: [told.bytes] } } },
      { remotePeer: asker, remoteAddr: from },
      { signal: AbortSignal.timeout(60_000) }
    )
  return { made, ask, dials, asker, walks: () => walks, closed: () => closed, topology: () => topology }
}

t.test('dial-backs: a dial back may take the open connection, and closes it', async t => {
  const { ask, dials, closed } = await service(t)
  await ask(ASKER, ASKER)
  t.equal(dials.length, 1)
  t.notMatch(dials[0]?.options, { force: true }, 'no connection of its own is asked for')
  t.equal(closed(), 1)
})

t.test('dial-backs: names are refused on both sides', async t => {
  const { ask, dials } = await service(t)
  t.match(await ask(ASKER, BY_NAME), { dialResponse: { statusText: 'no dialable addresses' } })
  t.match(await ask(BY_NAME, ASKER), { dialResponse: { statusText: 'no dialable addresses' } })
  t.strictSame(dials, [])
})

t.test('dial-backs: announced addresses are taken as proven', async t => {
  const host = await plainHost(t, { addresses: { listen: ['/ip4/127.0.0.1/tcp/0'], announce: [ASKER.toString()] } })
  const { components } = host as unknown as { components: AutoNATComponents }
  const announced = components.addressManager.getAddressesWithMetadata().filter(({ type }) => type === 'announce')
  t.equal(announced.length, 1)
  t.match(announced[0], { verified: true })
})

t.test('dial-backs: a peer is asked when it connects, and strangers are looked for by a random walk', async t => {
  const { made, topology, walks, asker } = await service(t, [
    { multiaddr: ASKER, verified: false, type: 'transport', expires: 0 }
  ])
  const newStream = async (): Promise<never> => {
    throw new Error('of no interest')
  }
  topology().onConnect?.(asker, { remotePeer: asker, remoteAddr: ASKER, newStream } as never)
  await new Promise(resolve => setTimeout(resolve, 50))
  t.ok(made.dialResults.has(ASKER.toString()), 'at once')
  await made.findRandomPeers()
  t.equal(walks(), 1)
})
