/** Bytes that an attacker writes by hand: multistream lines, Yamux frames, Kademlia and identify messages. */
import { createHash, randomBytes } from 'node:crypto'

/** One multistream line. */
export function line(text: string): Buffer {
  const bytes = Buffer.from(`${text}\n`)
  return Buffer.concat([varint(bytes.length), bytes])
}

/** A text over and over, in at most so many bytes. */
export const repeated = (piece: Uint8Array, bytes: number): Buffer =>
  Buffer.concat(Array.from({ length: Math.floor(bytes / piece.length) }, () => piece))

export const TYPE = { data: 0, window: 1, ping: 2, goAway: 3 } as const
export const FLAG = { none: 0, syn: 1, ack: 2, fin: 4, rst: 8 } as const
export const HEADER_BYTES = 12
/** What the opener of a Yamux stream may send before it is told of a larger window. */
export const WINDOW_BYTES = 256 * 1_024

/** @param length of the data, or what the type has in its place */
export function header(type: number, flags: number, stream: number, length = 0): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES)
  bytes.writeUInt8(type, 1)
  bytes.writeUInt16BE(flags, 2)
  bytes.writeUInt32BE(stream, 4)
  bytes.writeUInt32BE(length, 8)
  return bytes
}

export const dataFrame = (stream: number, data: Uint8Array, flags: number = FLAG.none): Buffer =>
  Buffer.concat([header(TYPE.data, flags, stream, data.length), data])

/** Streams that are opened and reset at once; they count from this id. */
export function resetPairs(firstStream: number, pairs: number): Buffer {
  const frames = Array.from({ length: pairs }, (_, index) => firstStream + 2 * index).flatMap(stream => [
    header(TYPE.window, FLAG.syn, stream),
    header(TYPE.window, FLAG.rst, stream)
  ])
  return Buffer.concat(frames)
}

export function varint(value: number): Buffer {
  const bytes: number[] = []
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128)
  return Buffer.from([...bytes, value])
}

/** A field of a protobuf message that is bytes, text or a message. */
const field = (number: number, bytes: Uint8Array): Buffer =>
  Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes])

const KAD_TYPE = { addProvider: 2, getProviders: 3, findNode: 4 } as const
const KAD = { type: 1, key: 2, providers: 9 } as const

/** @see https://github.com/libp2p/specs/blob/master/kad-dht/README.md#rpc-messages */
export function kadMessage(
  type: keyof typeof KAD_TYPE,
  key: Uint8Array,
  providers: readonly Uint8Array[] = []
): Buffer {
  const message = Buffer.concat([
    varint(KAD.type << 3),
    varint(KAD_TYPE[type]),
    field(KAD.key, key),
    ...providers.map(id => field(KAD.providers, field(1, id)))
  ])
  return Buffer.concat([varint(message.length), message])
}

/** A key of the DHT: the multihash of a SHA-256 digest. */
export const randomKey = (): Buffer =>
  Buffer.concat([Buffer.of(0x12, 0x20), createHash('sha256').update(randomBytes(16)).digest()])

/** The bytes of a peer id whose inlined ed25519 key need not be a point of anything. */
export const inventedPeerIdBytes = (): Buffer => Buffer.concat([Buffer.of(0, 0x24, 8, 1, 0x12, 0x20), randomBytes(32)])

/** @param protocols names, as long as the sender likes */
export function identifyMessage(addresses: readonly Uint8Array[], protocols: readonly string[]): Buffer {
  const message = Buffer.concat([
    ...addresses.map(address => field(2, address)),
    ...protocols.map(name => field(3, Buffer.from(name)))
  ])
  return Buffer.concat([varint(message.length), message])
}
