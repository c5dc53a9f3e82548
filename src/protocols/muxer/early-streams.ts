/**
 * Upstream: @libp2p/utils 7.4.1, `AbstractStreamMuxer.onRemoteStream`: a peer that opens more than `maxEarlyStreams`
 * streams before our side of the connection stands loses only the muxer; the connection stays and carries nothing.
 */
import type { MultiaddrConnection, StreamMuxer } from '@libp2p/interface'

/** Ends the connection together with its muxer. */
export function endWithMuxer(muxer: StreamMuxer, connection: Pick<MultiaddrConnection, 'abort'>): void {
  if (muxer.status !== 'open') connection.abort(new Error('too many streams before the connection stood'))
}
