import protobuf from 'protobufjs/minimal.js'
import { DecodeError, messageOf } from '../errors.js'
import { ScannedReader } from './reader.js'
import { scan } from './scan.js'
import type { MessageSchema } from './schema.js'

/** A node that says it provides what the key stands for, as the DHT's wire has it. */
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

const TYPE = 1
const KEY = 2
const ADD_PROVIDER = 2
const GET_PROVIDERS = 3

const PEER_ID = 1
const PEER_ADDRESSES = 2
const PEER: MessageSchema = {
  name: 'Message.Peer',
  fields: [
    undefined,
    { number: PEER_ID, name: 'id', key: 'id', kind: 'bytes' },
    { number: PEER_ADDRESSES, name: 'multiaddrs', key: 'multiaddrs', kind: 'bytes', cap: MAX_ADDRESSES }
  ]
}

/** Nodes closer to the key, and all else, are skipped: reading one peer id costs as much as a signature. */
const PROVIDERS = 9
const ANSWER: MessageSchema = {
  name: 'Message',
  fields: Array.from({ length: PROVIDERS + 1 }, (_, number) =>
    number === PROVIDERS
      ? { number, name: 'providerPeers', key: 'providers', kind: 'message', of: PEER, cap: MAX_PROVIDERS }
      : undefined
  )
}

/**
 * Asks who provides a key.
 * @param key a multihash
 * @see https://github.com/libp2p/specs/blob/master/kad-dht/README.md#rpc-messages
 */
export const encodeGetProviders = (key: Uint8Array): Uint8Array =>
  protobuf.Writer.create()
    .uint32(TYPE << 3)
    .uint32(GET_PROVIDERS)
    .uint32((KEY << 3) | 2)
    .bytes(key)
    .finish()

/**
 * Says that a node provides a key; it is believed of the node itself only, and not answered.
 * @param key a multihash
 */
export function encodeAddProvider(key: Uint8Array, { id, multiaddrs }: ProviderMessage): Uint8Array {
  const writer = protobuf.Writer.create()
    .uint32(TYPE << 3)
    .uint32(ADD_PROVIDER)
    .uint32((KEY << 3) | 2)
    .bytes(key)
  writer
    .uint32((PROVIDERS << 3) | 2)
    .fork()
    .uint32((PEER_ID << 3) | 2)
    .bytes(id)
  for (const address of multiaddrs) writer.uint32((PEER_ADDRESSES << 3) | 2).bytes(address)
  return writer.ldelim().finish()
}

/**
 * Reads who an answer names as providers.
 * @throws DecodeError
 */
export function decodeProviders(bytes: Uint8Array): readonly ProviderMessage[] {
  if (bytes.length > MAX_PROVIDERS_BYTES) {
    throw new DecodeError('too-large', `expected at most ${MAX_PROVIDERS_BYTES} bytes, got ${bytes.length}`)
  }
  try {
    const reader = new ScannedReader(scan(bytes, ANSWER))
    const providers: ProviderMessage[] = []
    while (reader.pos < reader.len) {
      reader.uint32()
      providers.push(readPeer(reader))
    }
    return providers
  } catch (cause) {
    if (cause instanceof DecodeError) throw cause
    throw new DecodeError('malformed', messageOf(cause), { cause })
  }
}

function readPeer(reader: protobuf.Reader): ProviderMessage {
  const end = reader.uint32() + reader.pos
  const multiaddrs: Uint8Array[] = []
  let id = new Uint8Array(0)
  while (reader.pos < end) {
    if (reader.uint32() >>> 3 === PEER_ID) id = Uint8Array.from(reader.bytes())
    else multiaddrs.push(reader.bytes())
  }
  return { id, multiaddrs }
}
