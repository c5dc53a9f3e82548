/**
 * Upstream: @libp2p/kad-dht 16.4.5, `RPC.onIncomingStream`: serves messages of up to 4 MiB without a rate, one after the
 * other while bytes are there, and parses every peer id in them: 3,000 requests in one write stop the loop for seconds.
 */
import type { Connection, PeerId, Stream } from '@libp2p/interface'
import { lpStream } from '@libp2p/utils'
import type { Multiaddr } from '@multiformats/multiaddr'
import { sha256 } from 'multiformats/hashes/sha2'
import {
  DHT_TYPES,
  type DhtMessage,
  type DhtPeer,
  decodeDhtRequest,
  encodeDhtMessage,
  MAX_DHT_REQUEST_BYTES
} from '../../codec/dht-message.js'
import type { PeerIdString } from '../../domain/brands.js'
import type { GuestTier } from '../../domain/guest.js'
import { DecodeError } from '../../errors.js'
import { type Clock, withDeadline } from '../../kit/clock.js'
import { TurnQueue } from '../../kit/turn-queue.js'
import { limitedBlockOf } from '../addresses/block.js'
import { readAddress } from '../addresses/usable.js'
import type { Contacts } from './contacts.js'
import { MAX_ADDRESSES, namedPeer, recordGroup } from './protocol.js'
import type { ProviderRecords } from './records.js'
import { RequestRates } from './request-rates.js'

/** Bytes of requests that wait on a stream; the 65 of a node have some 4 KiB. */
const MAX_WAITING_BYTES = 32 * 1_024
/** Time for one request to come, or its answer to be taken, ms. */
const REQUEST_MS = 10_000
/** Of one turn of the event loop, for requests of tied peers, and as much for those of others. */
const MS_PER_TURN = 4
/** Providers told of a key, at random where there are more: as many as a walk reads. */
const MAX_TOLD = 16
/** The SHA-256 multihash of an SP, or a peer id. */
const MAX_KEY_BYTES = 64

export interface DhtRequestsInit {
  readonly clock: Clock
  readonly records: ProviderRecords
  readonly contacts: Contacts
  /** Nodes of the routing table closest to a key's hash. */
  readonly table: { closestPeers(kadId: Uint8Array): PeerId[] }
  readonly self: PeerId
  readonly ownAddresses: () => readonly Multiaddr[]
  readonly allowPrivate: boolean
  /** As what the peer is a guest now. */
  readonly tierOf: (peer: PeerIdString) => GuestTier
}

/** The peer that sent a request, and the address block that its provider records are counted for. */
interface Asker {
  readonly peer: PeerId
  /** The block of addresses whose share of the records it takes; none of a tied peer. */
  readonly block: string | undefined
}

/** Answers the DHT requests of each stream one after the other, each peer at its rate. */
export class DhtRequests {
  readonly #init: DhtRequestsInit
  readonly #rates: RequestRates
  readonly #turns: Readonly<Record<'tied' | 'claimed', TurnQueue>>

  constructor(init: DhtRequestsInit) {
    this.#init = init
    this.#rates = new RequestRates(init.clock, init.allowPrivate)
    this.#turns = { tied: new TurnQueue(init.clock, MS_PER_TURN), claimed: new TurnQueue(init.clock, MS_PER_TURN) }
  }

  async serve(stream: Stream, connection: Connection): Promise<void> {
    const peer = connection.remotePeer.toString() as PeerIdString
    const place = this.#rates.streams.account(this.#init.tierOf(peer), peer)
    try {
      if (!place.take(1)) throw new Error('the DHT serves nodes of listed SPs, and few streams at once')
      place.onEvict = () => {
        place.release()
        stream.abort(new Error('the DHT serves fewer streams at once'))
      }
      await this.#serve(stream, connection, peer)
      await stream.close()
    } catch (error) {
      // Not at once: its muxer may be delivering the frame that opened it.
      queueMicrotask(() => stream.abort(error instanceof Error ? error : new Error(String(error))))
    } finally {
      place.release()
    }
  }

  async #serve(stream: Stream, connection: Connection, peer: PeerIdString): Promise<void> {
    const { clock, tierOf, allowPrivate } = this.#init
    const messages = lpStream(stream, { maxDataLength: MAX_DHT_REQUEST_BYTES, maxBufferSize: MAX_WAITING_BYTES })
    while (stream.readStatus === 'readable') {
      await withDeadline(clock, REQUEST_MS, undefined, async signal => {
        const bytes = await messages.read({ signal })
        const tier = tierOf(peer)
        if (tier === 'stranger' || !this.#rates.take(connection, tier)) {
          throw new Error('the DHT answers fewer requests a second')
        }
        const block = tier === 'tied' ? undefined : (limitedBlockOf(connection.remoteAddr, allowPrivate) ?? peer)
        const asker = { peer: connection.remotePeer, block }
        const answer = await this.#turns[tier].run(
          () => this.#answer(decodeDhtRequest(bytes.subarray()), asker),
          signal
        )
        if (answer !== undefined) await messages.write(encodeDhtMessage(answer), { signal })
      })
    }
  }

  async #answer({ type, key, providerPeers }: DhtMessage, asker: Asker): Promise<Partial<DhtMessage> | undefined> {
    if (key.length > MAX_KEY_BYTES) {
      throw new DecodeError('malformed', `expected a key of at most ${MAX_KEY_BYTES} bytes, got ${key.length}`)
    }
    switch (type) {
      case DHT_TYPES.PING:
        return { type }
      case DHT_TYPES.FIND_NODE:
        return { type, closerPeers: await this.#closest(key, asker.peer) }
      case DHT_TYPES.GET_PROVIDERS:
        return { type, key, closerPeers: await this.#closest(key, asker.peer), providerPeers: this.#providers(key) }
      case DHT_TYPES.ADD_PROVIDER: {
        const own = asker.peer.toMultihash().bytes
        const named = providerPeers.find(({ id }) => Buffer.compare(id, own) === 0)
        if (named !== undefined) this.#add(key, asker, named.multiaddrs)
        return undefined
      }
      default:
        throw new DecodeError('malformed', `expected a request for nodes or providers, got type ${type}`)
    }
  }

  async #closest(key: Uint8Array, asker: PeerId): Promise<readonly DhtPeer[]> {
    const { table, self, contacts } = this.#init
    const near = table.closestPeers((await sha256.digest(key)).digest)
    const told = near.filter(peer => !peer.equals(asker) && !peer.equals(self))
    if (Buffer.compare(key, self.toMultihash().bytes) === 0) told.push(self)
    return (await Promise.all(told.map(peer => contacts.named(peer)))).filter(isReachable)
  }

  #providers(key: Uint8Array): readonly DhtPeer[] {
    const { records, self, ownAddresses } = this.#init
    const peers = records.providersOf(recordGroup(key))
    const first = peers.length > MAX_TOLD ? Math.floor(Math.random() * peers.length) : 0
    return [...peers.slice(first), ...peers.slice(0, first)]
      .slice(0, MAX_TOLD)
      .map(peer => records.nodeOf(peer) ?? namedPeer(self.toMultihash().bytes, ownAddresses()))
      .filter(isReachable)
  }

  #add(key: Uint8Array, { peer, block }: Asker, multiaddrs: readonly Uint8Array[]): void {
    const { records, contacts } = this.#init
    const addresses = contacts.usable(multiaddrs.slice(0, 2 * MAX_ADDRESSES).flatMap(readAddress))
    if (addresses.length === 0) return
    const node = namedPeer(peer.toMultihash().bytes, addresses)
    records.add({ group: recordGroup(key), provider: peer.toString(), block, node })
  }
}

const isReachable = ({ multiaddrs }: DhtPeer): boolean => multiaddrs.length > 0
