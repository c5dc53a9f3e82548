import { decode } from './decode.js'
import { encode } from './encode.js'
import { message } from './schema.js'

/** A node that claims to provide a key, in the DHT's format. */
export interface ProviderMessage {
  /** The peer id's multihash. */
  readonly id: Uint8Array
  /** Multiaddrs as bytes, unread. */
  readonly multiaddrs: readonly Uint8Array[]
}

/** Most bytes of an answer: twenty closer nodes and twenty providers of sixteen addresses each fit. */
export const MAX_PROVIDERS_BYTES = 64 * 1_024
const MAX_PROVIDERS = 64
const MAX_ADDRESSES = 32

const ADD_PROVIDER = 2
const GET_PROVIDERS = 3

const Peer = message<ProviderMessage>('Message.Peer', { id: new Uint8Array(0), multiaddrs: [] }, [
  [1, 'id', 'bytes'],
  [2, 'multiaddrs', 'bytes', { cap: MAX_ADDRESSES }]
])

interface DhtMessage {
  readonly type: number
  readonly key: Uint8Array
  readonly providerPeers: readonly ProviderMessage[]
}

const ZERO: DhtMessage = { type: 0, key: new Uint8Array(0), providerPeers: [] }

/** Closer nodes and all other fields are skipped: parsing one peer id costs as much as a signature. */
const DhtMessage = message<DhtMessage>('Message', ZERO, [
  [1, 'type', 'int32'],
  [2, 'key', 'bytes'],
  [9, 'providerPeers', Peer, { cap: MAX_PROVIDERS }]
])

/**
 * Asks who provides a key.
 * @param key a multihash
 * @see https://github.com/libp2p/specs/blob/master/kad-dht/README.md#rpc-messages
 */
export const encodeGetProviders = (key: Uint8Array): Uint8Array =>
  encode(DhtMessage, { ...ZERO, type: GET_PROVIDERS, key })

/**
 * Announces that a node provides a key. Believed only from that node itself, and not answered.
 * @param key a multihash
 */
export const encodeAddProvider = (key: Uint8Array, provider: ProviderMessage): Uint8Array =>
  encode(DhtMessage, { type: ADD_PROVIDER, key, providerPeers: [provider] })

/**
 * Reads who an answer names as providers.
 * @throws DecodeError
 */
export const decodeProviders = (bytes: Uint8Array): readonly ProviderMessage[] =>
  decode(bytes, DhtMessage, MAX_PROVIDERS_BYTES).providerPeers
