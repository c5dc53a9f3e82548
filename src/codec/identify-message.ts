import protobuf from 'protobufjs/minimal.js'
import { DecodeError, messageOf } from '../errors.js'
import { ScannedReader } from './reader.js'
import { scan } from './scan.js'
import type { Field, MessageSchema } from './schema.js'

/** What libp2p's identify tells of a node, as far as it is used here. */
export interface IdentifyMessage {
  /** Multiaddrs as bytes, unread. */
  readonly listenAddrs: readonly Uint8Array[]
  readonly protocols: readonly string[]
}

/** All that one peer may send, ten messages of libp2p's size. */
export const MAX_IDENTIFY_BYTES = 80 * 1_024
const MAX_MESSAGES = 10
const MAX_ADDRESSES = 256
const MAX_PROTOCOLS = 1_024

const LISTEN_ADDRS = 2
const PROTOCOLS = 3

const field = (number: number, name: string, kind: 'bytes' | 'string', cap: number): Field => ({
  number,
  name,
  key: name,
  kind,
  cap
})

/** Public key, signed record and the rest are skipped: Noise has proven who speaks. */
const IDENTIFY: MessageSchema = {
  name: 'Identify',
  fields: [
    undefined,
    undefined,
    field(LISTEN_ADDRS, 'listenAddrs', 'bytes', MAX_ADDRESSES),
    field(PROTOCOLS, 'protocols', 'string', MAX_PROTOCOLS)
  ]
}

/**
 * Reads what a peer answered on an identify stream: one message or several, each after its length.
 * @see https://github.com/libp2p/specs/blob/master/identify/README.md
 * @throws DecodeError
 */
export function decodeIdentify(bytes: Uint8Array): IdentifyMessage {
  if (bytes.length > MAX_IDENTIFY_BYTES) {
    throw new DecodeError('too-large', `expected at most ${MAX_IDENTIFY_BYTES} bytes, got ${bytes.length}`)
  }
  const listenAddrs: Uint8Array[] = []
  const protocols = new Set<string>()
  let messages = 0
  try {
    for (const rest = protobuf.Reader.create(bytes); rest.pos < rest.len; messages++) {
      if (messages === MAX_MESSAGES) throw new DecodeError('too-many-elements', `more than ${MAX_MESSAGES} messages`)
      // What the schema does not name is left out by the scan.
      const message = new ScannedReader(scan(rest.bytes(), IDENTIFY))
      while (message.pos < message.len) {
        if (message.uint32() >>> 3 === LISTEN_ADDRS) listenAddrs.push(message.bytes())
        else protocols.add(message.string())
      }
    }
  } catch (cause) {
    if (cause instanceof DecodeError) throw cause
    throw new DecodeError('malformed', messageOf(cause), { cause })
  }
  if (messages === 0) throw new DecodeError('malformed', 'expected a message, got none')
  return { listenAddrs, protocols: [...protocols] }
}
