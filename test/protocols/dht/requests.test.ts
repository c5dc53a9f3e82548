import '../../../src/protocols/patches/with-resolvers.js'
import { setImmediate } from 'node:timers/promises'
import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import type { Connection, PeerId, PeerStore } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { lpStream, streamPair } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import t from 'tap'
import { encodeGetProviders } from '../../../src/codec/dht-message.js'
import { createKey } from '../../../src/identity/keys.js'
import { Contacts } from '../../../src/protocols/dht/contacts.js'
import { ProviderRecords } from '../../../src/protocols/dht/records.js'
import { DhtRequests } from '../../../src/protocols/dht/requests.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { within } from '../patches/plain-host.js'

/** What an answer costs here, ms. */
const COST_MS = 2

function serving() {
  const clock = fakeClock()
  const self = peerIdFromPrivateKey(privateKeyFromRaw(createKey()))
  const own = { self, ownAddresses: () => [], allowPrivate: true }
  const records = new ProviderRecords({ clock, self: self.toString() })
  const contacts = new Contacts({ ...own, peerStore: {} as PeerStore, records, clock })
  const table = {
    closestPeers: (): PeerId[] => {
      clock.stall(COST_MS)
      return []
    }
  }
  return new DhtRequests({ ...own, clock, records, contacts, table, tierOf: () => 'claimed' })
}

function connectionOf(): Connection {
  const remotePeer = peerIdFromPrivateKey(privateKeyFromRaw(createKey()))
  return { remotePeer, remoteAddr: multiaddr('/ip4/127.0.0.1/tcp/1') } as Connection
}

t.test('between requests, of one stream or of many, everything else has its turn', async t => {
  const requests = serving()
  const counts = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const [ours, theirs] = await streamPair()
      const served = requests.serve(theirs, connectionOf())
      const messages = lpStream(ours)
      let turns = 0
      let counting = true
      const counted = (async () => {
        for (; counting; turns++) await setImmediate()
      })()
      await messages.writeV(new Array(20).fill(encodeGetProviders(Uint8Array.of(1))), within())
      for (let n = 0; n < 20; n++) await messages.read(within())
      counting = false
      await counted
      await ours.close()
      await served
      return turns
    })
  )
  t.ok(Math.max(...counts) >= 38, `${counts} turns of the event loop for 80 answers, two in each`)
})
