import protobuf from 'protobufjs/minimal.js'
import { decode } from './decode.js'
import { encode } from './encode.js'
import { message } from './schema.js'

/** A node as DHT messages name it. */
export interface DhtPeer {
  /** The peer id's multihash. */
  readonly id: Uint8Array
  /** Multiaddrs as bytes, unread. */
  readonly multiaddrs: readonly Uint8Array[]
}

/** A request or an answer of Kademlia's wire, as far as it is used here. */
export interface DhtMessage {
  /** One of {@link DHT_TYPES}. */
  readonly type: number
  /** Of a record: a multihash; of a node: its peer id's multihash. */
  readonly key: Uint8Array
  readonly closerPeers: readonly DhtPeer[]
  readonly providerPeers: readonly DhtPeer[]
}

export const DHT_TYPES = {
  PUT_VALUE: 0,
  GET_VALUE: 1,
  ADD_PROVIDER: 2,
  GET_PROVIDERS: 3,
  FIND_NODE: 4,
  PING: 5
} as const

/** Most bytes of an answer: twenty closer nodes and twenty providers of sixteen addresses each fit. */
export const MAX_DHT_ANSWER_BYTES = 64 * 1_024
/** Most bytes of a request: one node, which names every address that it has. */
export const MAX_DHT_REQUEST_BYTES = 8 * 1_024
const MAX_PEERS = 64
const MAX_ADDRESSES = 32

const Peer = message<DhtPeer>('Message.Peer', { id: new Uint8Array(0), multiaddrs: [] }, [
  [1, 'id', 'bytes'],
  [2, 'multiaddrs', 'bytes', { cap: MAX_ADDRESSES }]
])

const ZERO: DhtMessage = { type: 0, key: new Uint8Array(0), closerPeers: [], providerPeers: [] }

/** Peer ids stay bytes: parsing one costs as much as a signature. */
const DhtMessage = message<DhtMessage>('Message', ZERO, [
  [1, 'type', 'int32'],
  [2, 'key', 'bytes'],
  [8, 'closerPeers', Peer, { cap: MAX_PEERS }],
  [9, 'providerPeers', Peer, { cap: MAX_PEERS }]
])

/** @see https://github.com/libp2p/specs/blob/master/kad-dht/README.md#rpc-messages */
export const encodeDhtMessage = (fields: Partial<DhtMessage>): Uint8Array => encode(DhtMessage, { ...ZERO, ...fields })

/** Asks who provides a key, a multihash. */
export const encodeGetProviders = (key: Uint8Array): Uint8Array =>
  encodeDhtMessage({ type: DHT_TYPES.GET_PROVIDERS, key })

/**
 * Announces that a node provides a key. Believed only from that node itself, and not answered.
 * @param key a multihash
 */
export const encodeAddProvider = (key: Uint8Array, provider: DhtPeer): Uint8Array =>
  encodeDhtMessage({ type: DHT_TYPES.ADD_PROVIDER, key, providerPeers: [provider] })

/** The value of a provider record: when it was told, Unix ms, as a varint. */
export const encodeRecordTime = (ms: number): Uint8Array => protobuf.Writer.create().uint64(ms).finish()

/** @throws DecodeError */
export const decodeDhtRequest = (bytes: Uint8Array): DhtMessage => decode(bytes, DhtMessage, MAX_DHT_REQUEST_BYTES)

/** @throws DecodeError */
export const decodeDhtAnswer = (bytes: Uint8Array): DhtMessage => decode(bytes, DhtMessage, MAX_DHT_ANSWER_BYTES)
