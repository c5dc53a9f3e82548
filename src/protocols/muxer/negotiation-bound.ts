/**
 * Upstream: libp2p 3.3.11, `Upgrader` and `Connection.onIncomingStream`: negotiate by multistream-select, which answers
 * every line it does not know with `na`, `ls` with all names and the header with the header, without end. 64 KiB of
 * two-byte lines keep the event loop busy for half a second.
 */
import type { MessageStream, Stream } from '@libp2p/interface'

/** Header, a list of names and a few protocols tried in turn: an honest peer needs 2 to 4. */
const MAX_ANSWERS = 8

const unbounded: unique symbol = Symbol('send without a bound')
type Bounded = MessageStream & { [unbounded]?: MessageStream['send'] }

/**
 * Throws when a negotiation needs one answer too many, whereupon libp2p gives the stream or the connection up. For the side
 * that answers; a stream is free once its protocol is known, a connection when {@link endNegotiation} says so.
 */
export function boundNegotiation(stream: MessageStream & Partial<Pick<Stream, 'protocol'>>): void {
  const send = stream.send.bind(stream)
  let answers = 0
  ;(stream as Bounded)[unbounded] = send
  stream.send = data => {
    if (stream.protocol !== undefined && stream.protocol !== '') endNegotiation(stream)
    else if (++answers > MAX_ANSWERS) throw new Error(`no protocol agreed upon within ${MAX_ANSWERS} answers`)
    return send(data)
  }
}

export function endNegotiation(stream: MessageStream): void {
  const send = (stream as Bounded)[unbounded]
  if (send !== undefined) stream.send = send
}
