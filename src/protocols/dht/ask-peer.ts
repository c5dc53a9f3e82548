import type { Connection } from '@libp2p/interface'
import { lpStream } from '@libp2p/utils'
import { base58btc } from 'multiformats/bases/base58'
import { parsePeerId } from '../../codec/peer-id.js'
import {
  decodeProviders,
  encodeAddProvider,
  encodeGetProviders,
  MAX_PROVIDERS_BYTES,
  type ProviderMessage
} from '../../codec/provider-message.js'
import type { SpAddress } from '../../domain/brands.js'
import { DecodeError } from '../../errors.js'
import type { HintedNode } from '../../peers/index.js'
import { readAddress, usableAddresses } from '../addresses/usable.js'
import { KAD_PROTOCOL, MAX_ADDRESSES, spKey } from './protocol.js'

export interface AskPeerOptions {
  /** Our own record, sent with the request, so that SPs asking the same node find each other. */
  readonly self: ProviderMessage & { readonly sp: SpAddress }
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
    const messages = lpStream(stream, { maxDataLength: MAX_PROVIDERS_BYTES, maxBufferSize: 2 * MAX_PROVIDERS_BYTES })
    const [own, ...keys] = await Promise.all([self.sp, ...sps].map(async sp => (await spKey(sp)).multihash.bytes))
    const record = own === undefined || self.multiaddrs.length === 0 ? [] : [encodeAddProvider(own, self)]
    await messages.writeV([...record, ...keys.map(encodeGetProviders)], { signal })
    const found: HintedNode[] = []
    for (const sp of sps) {
      const answer = await messages.read({ signal })
      found.push(...nodesOf(decodeProviders(answer.subarray()), sp, { allowPrivate, maxNodes }))
    }
    stream.close({ signal }).catch((error: Error) => stream.abort(error))
    return found
  } catch (error) {
    stream.abort(error instanceof Error ? error : new DecodeError('malformed', String(error)))
    throw error
  }
}

function nodesOf(
  providers: readonly ProviderMessage[],
  sp: SpAddress,
  { allowPrivate, maxNodes }: Pick<AskPeerOptions, 'allowPrivate' | 'maxNodes'>
): HintedNode[] {
  const nodes: HintedNode[] = []
  const first = Math.floor(Math.random() * providers.length)
  for (const { id, multiaddrs } of [...providers.slice(first), ...providers.slice(0, first)]) {
    if (nodes.length === maxNodes) break
    const addresses = usableAddresses(multiaddrs.flatMap(readAddress), { allowPrivate, max: MAX_ADDRESSES })
    // Parsed last: a peer id costs as much as a signature.
    const peerId = addresses.length === 0 ? undefined : parsePeerId(base58btc.baseEncode(id))
    if (peerId !== undefined) nodes.push({ peerId, addresses, sp })
  }
  return nodes
}
