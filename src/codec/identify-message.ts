import protobuf from 'protobufjs/minimal.js'
import { DecodeError, messageOf } from '../errors.js'
import { decode } from './decode.js'
import { message } from './schema.js'

/** The fields of libp2p's identify message that are used here. */
export interface IdentifyMessage {
  /** Multiaddrs as bytes, unread. */
  readonly listenAddrs: readonly Uint8Array[]
  readonly protocols: readonly string[]
}

/** Bytes of one answer at most: ten messages of libp2p's size. */
export const MAX_IDENTIFY_BYTES = 80 * 1_024
const MAX_MESSAGES = 10
const MAX_ADDRESSES = 256
const MAX_PROTOCOLS = 1_024

/** Public key, signed record and the rest are skipped: Noise has proven who speaks. */
const Identify = message<IdentifyMessage>('Identify', { listenAddrs: [], protocols: [] }, [
  [2, 'listenAddrs', 'bytes', { cap: MAX_ADDRESSES }],
  [3, 'protocols', 'string', { cap: MAX_PROTOCOLS }]
])

/**
 * Reads what a peer answered on an identify stream: one message or several, each after its length.
 * @see https://github.com/libp2p/specs/blob/master/identify/README.md
 * @throws DecodeError
 */
export function decodeIdentify(bytes: Uint8Array): IdentifyMessage {
  if (bytes.length > MAX_IDENTIFY_BYTES) {
    throw new DecodeError('too-large', `expected at most ${MAX_IDENTIFY_BYTES} bytes, got ${bytes.length}`)
  }
  const messages: IdentifyMessage[] = []
  try {
    for (const rest = protobuf.Reader.create(bytes); rest.pos < rest.len; ) {
      if (messages.length === MAX_MESSAGES) {
        throw new DecodeError('too-many-elements', `more than ${MAX_MESSAGES} messages`)
      }
      messages.push(decode(rest.bytes(), Identify, MAX_IDENTIFY_BYTES))
    }
  } catch (cause) {
    if (cause instanceof DecodeError) throw cause
    throw new DecodeError('malformed', messageOf(cause), { cause })
  }
  if (messages.length === 0) throw new DecodeError('malformed', 'expected a message, got none')
  return {
    listenAddrs: messages.flatMap(({ listenAddrs }) => listenAddrs),
    protocols: [...new Set(messages.flatMap(({ protocols }) => protocols))]
  }
}
