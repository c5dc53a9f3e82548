/**
 * Streams without a negotiation round trip, as go-libp2p opens them: header, protocol and message leave in one yamux
 * frame. libp2p's public path for it is a stream whose `protocol` is set when `createStream` returns; this muxer
 * factory around yamux sets it for streams that bring their message along. Only for write-only streams.
 */
import type { NewStreamOptions, Stream, StreamMuxerFactory } from '@libp2p/interface'
import { type YamuxMuxerInit, yamux } from '@libp2p/yamux'
import type { Clock } from '../../kit/clock.js'
import { batchFrames } from './frame-batch.js'
import { guardFrames } from './frame-guard.js'

/** Yamux's first window; honest peers never send a longer frame than the window we grant. */
export const STREAM_WINDOW_BYTES = 256 * 1024

/** Streams a peer may open before our side of a new connection stands; beyond it the connection ends. */
const MAX_EARLY_STREAMS = 256

const earlyMessage: unique symbol = Symbol('early message')
const openedAt: unique symbol = Symbol('opened at')

interface EarlyStreamOptions extends NewStreamOptions {
  readonly [earlyMessage]?: Uint8Array
}
type MarkedStream = Stream & { [earlyMessage]?: true; [openedAt]?: number }

/** Options for `connection.newStream` that send `message` with the stream's first frame where the muxer can. */
export const withEarlyMessage = (options: NewStreamOptions, message: Uint8Array): NewStreamOptions =>
  ({ ...options, [earlyMessage]: message }) as EarlyStreamOptions

/** Whether the message is on its way already; `false`: the stream was negotiated and waits for its bytes. */
export const wasSentEarly = (stream: Stream): boolean => (stream as MarkedStream)[earlyMessage] === true

/** Monotonic ms when a remote opened the stream; `undefined` under somebody else's muxer. */
export const openedAtOf = (stream: Stream): number | undefined => (stream as MarkedStream)[openedAt]

/** Yamux with bounded buffers and windows, checked frame lengths, batched frames and early messages. */
export function oneShotMuxer(clock: Clock, init: YamuxMuxerInit = {}): () => StreamMuxerFactory {
  const inner = yamux({
    maxEarlyStreams: MAX_EARLY_STREAMS,
    ...init,
    streamOptions: {
      initialStreamWindowSize: STREAM_WINDOW_BYTES,
      maxStreamWindowSize: STREAM_WINDOW_BYTES,
      maxReadBufferLength: 2 * STREAM_WINDOW_BYTES,
      maxWriteBufferLength: 4 * STREAM_WINDOW_BYTES,
      ...init.streamOptions
    }
  })()
  const factory: StreamMuxerFactory = Object.create(inner, {
    createStreamMuxer: {
      value: (connection: Parameters<StreamMuxerFactory['createStreamMuxer']>[0]) => {
        guardFrames(connection, STREAM_WINDOW_BYTES)
        const muxer = inner.createStreamMuxer(connection)
        batchFrames(muxer, connection)
        const create = muxer.createStream.bind(muxer)
        muxer.createStream = async options => {
          const before = muxer.streams.length
          const pending = create(options)
          const message = (options as EarlyStreamOptions | undefined)?.[earlyMessage]
          // The stream is in the list before `create` first waits, and its opening frame leaves in a microtask:
          // what is written now carries the SYN itself.
          const stream = muxer.streams[before]
          if (message !== undefined && options?.protocol !== undefined && stream !== undefined) {
            sendEarly(stream, options.protocol, message)
          }
          return pending
        }
        const accept = muxer.onRemoteStream.bind(muxer)
        muxer.onRemoteStream = stream => {
          ;(stream as unknown as MarkedStream)[openedAt] = clock.monotonic()
          keepReadable(stream)
          accept(stream)
          // libp2p ends only the muxer when too many come too early, and would keep a connection that carries nothing.
          if (muxer.status !== 'open') connection.abort(new Error('too many streams before the connection stood'))
        }
        return muxer
      }
    }
  })
  return () => factory
}

/**
 * libp2p closes the reading side when it has emptied the buffer and the peer's end has come. Where both happen before
 * negotiation takes its two lines, as with a peer that writes everything before our side of the connection stands, the
 * message behind those lines can then no longer be put back, and libp2p resets the stream.
 */
function keepReadable(stream: Stream): void {
  const unshift = stream.unshift.bind(stream)
  stream.unshift = data => {
    if (stream.readStatus === 'closed' && stream.status === 'open') stream.readStatus = 'readable'
    unshift(data)
  }
}

function sendEarly(stream: Stream, protocol: string, message: Uint8Array): void {
  const opening = prelude(protocol)
  const bytes = new Uint8Array(opening.length + message.length)
  bytes.set(opening)
  bytes.set(message, opening.length)
  stream.protocol = protocol
  ;(stream as MarkedStream)[earlyMessage] = true
  stream.send(bytes)
}

const preludes = new Map<string, Uint8Array>()

/**
 * What a negotiating opener writes, and, byte for byte, what an acceptor that knows the protocol answers. Kept, since
 * each message needs it twice; only our own protocol names come here.
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
