import type { PeerId, Stream, StreamMuxerFactory } from '@libp2p/interface'
import { type YamuxMuxerInit, yamux } from '@libp2p/yamux'
import type { Clock } from '../../kit/clock.js'
import { overriding } from '../../kit/overriding.js'
import { sendEarlyMessages } from './early-protocol.js'
import { endWithMuxer } from './early-streams.js'
import { batchFrames } from './frame-batch.js'
import { guardFrames } from './frame-guard.js'
import { keepReadable } from './keep-readable.js'
import { boundNegotiation, endNegotiation } from './negotiation-bound.js'
import { provenPeerOf } from './proven-peers.js'
import { allowances, type StreamRates } from './stream-allowance.js'

/** Yamux's first window; honest peers never send a longer frame than the window we grant. */
export const STREAM_WINDOW_BYTES = 256 * 1024

/** Streams a peer may open before our side of a new connection stands; beyond it the connection ends. */
const MAX_EARLY_STREAMS = 256

const openedAt: unique symbol = Symbol('opened at')
type TimedStream = Stream & { [openedAt]?: number }

/** Monotonic ms when the remote opened the stream; `undefined` under another muxer. */
export const openedAtOf = (stream: Stream): number | undefined => (stream as TimedStream)[openedAt]

export interface OneShotMuxerInit extends YamuxMuxerInit {
  /** How fast a peer may open streams; `undefined`: no limit. */
  readonly streamRates?: (peer: PeerId) => StreamRates | undefined
}

/** Yamux with bounded buffers, windows and frames, batched writes and early messages. */
export function oneShotMuxer(
  clock: Clock,
  { streamRates = () => undefined, ...init }: OneShotMuxerInit = {}
): () => StreamMuxerFactory {
  const allowanceOf = allowances(clock, streamRates)
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
  const createStreamMuxer: StreamMuxerFactory['createStreamMuxer'] = connection => {
    endNegotiation(connection)
    const allowance = allowanceOf(provenPeerOf(connection))
    guardFrames(connection, { maxFrameBytes: STREAM_WINDOW_BYTES, allowance, clock })
    const muxer = inner.createStreamMuxer(connection)
    batchFrames(muxer, connection)
    sendEarlyMessages(muxer)
    const create = muxer.createStream.bind(muxer)
    muxer.createStream = options => {
      allowance.weOpened()
      return create(options)
    }
    const accept = muxer.onRemoteStream.bind(muxer)
    muxer.onRemoteStream = stream => {
      ;(stream as TimedStream)[openedAt] = clock.monotonic()
      keepReadable(stream)
      boundNegotiation(stream)
      accept(stream)
      endWithMuxer(muxer, connection)
    }
    return muxer
  }
  return () => overriding<StreamMuxerFactory>(inner, { createStreamMuxer })
}
