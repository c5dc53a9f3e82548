/**
 * Upstream: libp2p 3.3.11, `Connection.newStream`: waits for the answer of the protocol negotiation before the caller can
 * write, one round trip per stream (`negotiateFully` has no effect).
 *
 * go-libp2p sends header, protocol and message at once. libp2p's public path for that is a stream whose `protocol` is set
 * when `createStream` returns. Only for streams that we alone write.
 */
import type { CreateStreamOptions, NewStreamOptions, Stream, StreamMuxer } from '@libp2p/interface'

const earlyMessage: unique symbol = Symbol('early message')

interface EarlyStreamOptions extends CreateStreamOptions {
  readonly [earlyMessage]?: Uint8Array
}
type MarkedStream = Stream & { [earlyMessage]?: true }

/** Options for `connection.newStream` that send `message` in the stream's first frame where the muxer can. */
export const withEarlyMessage = (options: NewStreamOptions, message: Uint8Array): NewStreamOptions =>
  ({ [earlyMessage]: message, ...options }) as NewStreamOptions

/** Whether the message was sent already; `false`: the stream is negotiated and still needs its bytes. */
export const wasSentEarly = (stream: Stream): boolean => (stream as MarkedStream)[earlyMessage] === true

/** Makes a muxer send the messages of {@link withEarlyMessage}. */
export function sendEarlyMessages(muxer: StreamMuxer): void {
  const create = muxer.createStream.bind(muxer)
  muxer.createStream = async (options: EarlyStreamOptions | undefined) => {
    const before = muxer.streams.length
    const pending = create(options)
    const message = options?.[earlyMessage]
    // The stream is listed before `create` first waits, and its opening frame leaves in a microtask: what is written
    // now carries the SYN itself.
    const stream = muxer.streams[before]
    if (message !== undefined && options?.protocol !== undefined && stream !== undefined) {
      stream.protocol = options.protocol
      ;(stream as MarkedStream)[earlyMessage] = true
      stream.send(Buffer.concat([prelude(options.protocol), message]))
    }
    return pending
  }
}

const preludes = new Map<string, Uint8Array>()

/**
 * What a negotiating opener writes and, byte for byte, what an acceptor that knows the protocol answers. Cached: each
 * message needs it twice, and only our own protocol names come here.
 */
export function prelude(protocol: string): Uint8Array {
  const known = preludes.get(protocol)
  if (known !== undefined) return known
  const made = Buffer.concat([line('/multistream/1.0.0'), line(protocol)])
  preludes.set(protocol, made)
  return made
}

/** One multistream line: varint length (all of ours are below 128), text, line feed. */
function line(text: string): Buffer {
  const bytes = Buffer.from(`${text}\n`)
  return Buffer.concat([Buffer.of(bytes.length), bytes])
}
