import { KAD_PROTOCOL } from '../../../../src/protocols/dht/protocol.js'
import { prelude } from '../../../../src/protocols/muxer/early-protocol.js'
import { inventedPeerIdBytes, kadMessage, randomKey } from '../frames.js'
import type { Attack, Kit } from '../kit.js'
import { claimedLink } from './claimed.js'

/** Each burst fits into the first window of a stream. */
const bursts = {
  'dht-get-providers': () => Array.from({ length: 3_000 }, () => kadMessage('getProviders', randomKey())),
  'dht-find-node': () => Array.from({ length: 2_000 }, () => kadMessage('findNode', randomKey())),
  'dht-add-provider': () => [kadMessage('addProvider', randomKey(), Array.from({ length: 5_000 }, inventedPeerIdBytes))]
} as const

/** From a peer that a replayed ping has made a claimed one of an open SP. */
const flood = (name: keyof typeof bursts, shows: string): Attack => ({
  name,
  shows,
  async run(kit: Kit) {
    const lasting = claimedLink(kit)
    const bytes = Buffer.concat([prelude(KAD_PROTOCOL), ...bursts[name]()])
    await kit.every(1, async () => {
      await (await lasting.get())?.stream(bytes, kit.signal)
      kit.count('bursts')
    })
  }
})

const PEERS = 40
/** Together less than what may wait on a stream. */
const REQUESTS = 160

const crowd: Attack = {
  name: 'dht-crowd',
  shows: `${PEERS} claimed peers with ${REQUESTS} FIND_NODE each in one write, once a second`,
  async run(kit: Kit) {
    const peers = Array.from({ length: PEERS }, () => claimedLink(kit))
    const requests = Array.from({ length: REQUESTS }, () => kadMessage('findNode', randomKey()))
    const bytes = Buffer.concat([prelude(KAD_PROTOCOL), ...requests])
    await kit.every(1, async () => {
      await Promise.all(
        peers.map(async peer => {
          await (await peer.get())?.stream(bytes, kit.signal)
          kit.count('requests', REQUESTS)
        })
      )
    })
  }
}

export const dhtFloods: readonly Attack[] = [
  flood('dht-get-providers', '3,000 GET_PROVIDERS in one write, once a second'),
  flood('dht-find-node', '2,000 FIND_NODE in one write, once a second'),
  flood('dht-add-provider', 'an ADD_PROVIDER with 5,000 entries, once a second'),
  crowd
]
