/**
 * Upstream: @libp2p/utils 7.4.1, `AbstractMessageStream.unshift`: throws once the reading side is closed, which libp2p
 * does when the buffer is empty and the peer's end has come. With a peer that writes everything before our side of the
 * connection stands, both happen before negotiation reads its two lines; the message behind them can then not be put
 * back, and libp2p resets the stream.
 */
import type { Stream } from '@libp2p/interface'

/** Lets negotiation put back what it read too much, also at the end of the stream. */
export function keepReadable(stream: Stream): void {
  const unshift = stream.unshift.bind(stream)
  stream.unshift = data => {
    if (stream.readStatus === 'closed' && stream.status === 'open') stream.readStatus = 'readable'
    unshift(data)
  }
}
