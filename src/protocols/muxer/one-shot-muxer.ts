import type { Stream, StreamMuxerFactory } from '@libp2p/interface'
import { type YamuxMuxerInit, yamux } from '@libp2p/yamux'
import type { Clock } from '../../kit/clock.js'
import { overriding } from '../../kit/overriding.js'
import { sendEarlyMessages } from './early-protocol.js'
import { endWithMuxer } from './early-streams.js'
import { batchFrames } from './frame-batch.js'
import { guardFrames } from './frame-guard.js'
import { keepReadable } from './keep-readable.js'

/** Yamux's first window; honest peers never send a longer frame than the window we grant. */
export const STREAM_WINDOW_BYTES = 256 * 1024

/** Streams a peer may open before our side of a new connection stands; beyond it the connection ends. */
const MAX_EARLY_STREAMS = 256

const openedAt: unique symbol = Symbol('opened at')
type TimedStream = Stream & { [openedAt]?: number }

/** Monotonic ms when the remote opened the stream; `undefined` under another muxer. */
export const openedAtOf = (stream: Stream): number | undefined => (stream as TimedStream)[openedAt]

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
  const createStreamMuxer: StreamMuxerFactory['createStreamMuxer'] = connection => {
    guardFrames(connection, STREAM_WINDOW_BYTES)
    const muxer = inner.createStreamMuxer(connection)
    batchFrames(muxer, connection)
    sendEarlyMessages(muxer)
    const accept = muxer.onRemoteStream.bind(muxer)
    muxer.onRemoteStream = stream => {
      ;(stream as TimedStream)[openedAt] = clock.monotonic()
      keepReadable(stream)
      accept(stream)
      endWithMuxer(muxer, connection)
    }
    return muxer
  }
  return () => overriding<StreamMuxerFactory>(inner, { createStreamMuxer })
}
