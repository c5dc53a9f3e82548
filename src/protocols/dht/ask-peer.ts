import { setImmediate } from 'node:timers/promises'
import type { Connection } from '@libp2p/interface'
import { lpStream } from '@libp2p/utils'
import { base58btc } from 'multiformats/bases/base58'
import {
  type DhtPeer,
  decodeDhtAnswer,
  encodeAddProvider,
  encodeGetProviders,
  MAX_DHT_ANSWER_BYTES
} from '../../codec/dht-message.js'
import { parsePeerId } from '../../codec/peer-id.js'
import type { SpAddress } from '../../domain/brands.js'
import { DecodeError } from '../../errors.js'
import type { HintedNode } from '../../peers/index.js'
import { readAddress, usableAddresses } from '../addresses/usable.js'
import { KAD_PROTOCOL, MAX_ADDRESSES, spKey } from './protocol.js'

/** Bytes of answers that wait to be read: all that come in one turn of the event loop. */
const MAX_WAITING_BYTES = 16 * MAX_DHT_ANSWER_BYTES

export interface AskPeerOptions {
  /** Our own record, sent with the request, so that SPs asking the same node find each other. */
  readonly self: DhtPeer & { readonly sp: SpAddress }
  readonly allowPrivate: boolean
  /** Nodes taken of an SP, chosen at random where there are more. */
  readonly maxNodes: number
  readonly signal: AbortSignal
}

/**
 * Asks one connected node for its records of many SPs, all requests at once on one stream, instead of a walk from node to
 * node per SP. The messages are Kademlia's; only the providers of each answer are read.
 *
 * @returns for each SP that it knows nodes of
 */
export async function askPeer(
  connection: Connection,
  sps: readonly SpAddress[],
  { self, allowPrivate, maxNodes, signal }: AskPeerOptions
): Promise<readonly HintedNode[]> {
  const stream = await connection.newStream(KAD_PROTOCOL, { signal })
  try {
    const messages = lpStream(stream, { maxDataLength: MAX_DHT_ANSWER_BYTES, maxBufferSize: MAX_WAITING_BYTES })
    const [own, ...keys] = await Promise.all([self.sp, ...sps].map(async sp => (await spKey(sp)).multihash.bytes))
    const record = own === undefined || self.multiaddrs.length === 0 ? [] : [encodeAddProvider(own, self)]
    await messages.writeV([...record, ...keys.map(encodeGetProviders)], { signal })
    const found: HintedNode[] = []
    for (const sp of sps) {
      const answer = await messages.read({ signal })
      found.push(...nodesOf(decodeDhtAnswer(answer.subarray()).providerPeers, sp, { allowPrivate, maxNodes }))
      // Whatever else waits has its turn: they may all have come at once, and a peer id costs as much as a signature.
      await setImmediate()
    }
    stream.close({ signal }).catch((error: Error) => stream.abort(error))
    return found
  } catch (error) {
    stream.abort(error instanceof Error ? error : new DecodeError('malformed', String(error)))
    throw error
  }
}

function nodesOf(
  providers: readonly DhtPeer[],
  sp: SpAddress,
  { allowPrivate, maxNodes }: Pick<AskPeerOptions, 'allowPrivate' | 'maxNodes'>
): HintedNode[] {
  const nodes: HintedNode[] = []
  const first = Math.floor(Math.random() * providers.length)
  for (const { id, multiaddrs } of [...providers.slice(first), ...providers.slice(0, first)]) {
    if (nodes.length === maxNodes) break
    const addresses = usableAddresses(multiaddrs.flatMap(readAddress), { allowPrivate, max: MAX_ADDRESSES })
    // Parsed last, for what it costs.
    const peerId = addresses.length === 0 ? undefined : parsePeerId(base58btc.baseEncode(id))
    if (peerId !== undefined) nodes.push({ peerId, addresses, sp })
  }
  return nodes
}
