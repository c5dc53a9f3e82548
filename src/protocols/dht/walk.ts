/**
 * Upstream: @libp2p/kad-dht 16.4.5, `Network.sendRequest`: dials every node that an answer names, so a query dials
 * invented addresses, waits for dead ones and bypasses our dial budget; and parses every peer id of an answer of up to
 * 4 MiB, at 0.3 ms each.
 */
import { setImmediate } from 'node:timers/promises'
import type { AbortOptions, Connection, PeerId, PeerInfo, Stream } from '@libp2p/interface'
import type { KadDHTComponents } from '@libp2p/kad-dht'
import { peerIdFromMultihash } from '@libp2p/peer-id'
import { lpStream } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import * as Digest from 'multiformats/hashes/digest'
import {
  DHT_TYPES,
  type DhtPeer,
  decodeDhtAnswer,
  encodeDhtMessage,
  MAX_DHT_ANSWER_BYTES
} from '../../codec/dht-message.js'
import { UnreachableError } from '../../errors.js'
import { overriding } from '../../kit/overriding.js'
import { readAddress } from '../addresses/usable.js'

type ConnectionManager = KadDHTComponents['connectionManager']

/** A connection manager for the DHT that uses open connections only. The nodes that answers name become hints. */
export const withoutDialling = (connections: ConnectionManager): ConnectionManager =>
  overriding(connections, {
    openStream: async (target, protocol, options): Promise<Stream> => {
      const connection = openConnection(connections, target as PeerId)
      if (connection === undefined) throw new UnreachableError(`dht: ${target} is not connected`)
      return await connection.newStream(protocol, options)
    }
  })

export const openConnection = (connections: ConnectionManager, peer: PeerId): Connection | undefined =>
  connections.getConnections(peer).find(isUsable)

/** Open, and not limited as relayed connections are. */
export const isUsable = ({ status, limits }: Connection): boolean => status === 'open' && limits === undefined

/** Closer nodes read of an answer, and providers; ours tells seven and sixteen. */
const MAX_NAMED = 16

type Named = keyof typeof DHT_TYPES

/** The part of kad-dht that sends requests and reads answers. */
export interface WithNetwork {
  readonly network: {
    _writeReadMessage(stream: Stream, request: Request, options: AbortOptions): Promise<Answer>
    safeDispatchEvent(type: 'peer', event: { readonly detail: PeerInfo }): void
  }
}

interface Request {
  readonly type: Named
  readonly key?: Uint8Array
}

interface Answer {
  readonly type: Named
  readonly closer: readonly DhtPeer[]
  readonly providers: readonly DhtPeer[]
}

/** Caps bytes and peers of the answers that kad-dht reads, before it parses a peer id. */
export function boundAnswers({ network }: WithNetwork): void {
  network._writeReadMessage = async (stream, { type, key = new Uint8Array(0) }, options) => {
    const messages = lpStream(stream, { maxDataLength: MAX_DHT_ANSWER_BYTES, maxBufferSize: 2 * MAX_DHT_ANSWER_BYTES })
    await messages.write(encodeDhtMessage({ type: DHT_TYPES[type], key }), options)
    const answer = decodeDhtAnswer((await messages.read(options)).subarray())
    const closer = readable(answer.closerPeers)
    const providers = readable(answer.providerPeers)
    for (const { id, multiaddrs } of [...closer, ...providers]) {
      const peer = { id: peerIdFromMultihash(Digest.decode(id)), multiaddrs: multiaddrs.map(bytes => multiaddr(bytes)) }
      network.safeDispatchEvent('peer', { detail: peer })
    }
    // kad-dht parses them once more, and other answers may have come with this one.
    await setImmediate()
    return { type, closer, providers }
  }
}

/** The first of them, without addresses of a kind that we do not know. */
const readable = (peers: readonly DhtPeer[]): readonly DhtPeer[] =>
  peers.slice(0, MAX_NAMED).map(({ id, multiaddrs }) => ({
    id,
    multiaddrs: multiaddrs.filter(bytes => readAddress(bytes).length > 0)
  }))
