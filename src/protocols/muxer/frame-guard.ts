/**
 * Upstream: @libp2p/yamux 8.0.3, `Decoder.readFrame`: buffers a data frame as a whole before its length is compared
 * with the window, and a header can announce 4 GiB.
 */
import type { MessageStream } from '@libp2p/interface'

const HEADER_BYTES = 12
const TYPE_DATA = 0

/** Ends a connection whose peer announces a data frame longer than `maxFrameBytes`, the largest window we grant. */
export function guardFrames(connection: MessageStream, maxFrameBytes: number): void {
  const header = new Uint8Array(HEADER_BYTES)
  let filled = 0
  let skip = 0

  const inspect = (chunk: Uint8Array): boolean => {
    let at = 0
    while (at < chunk.length) {
      if (skip > 0) {
        const step = Math.min(skip, chunk.length - at)
        skip -= step
        at += step
        continue
      }
      const part = chunk.subarray(at, at + HEADER_BYTES - filled)
      header.set(part, filled)
      filled += part.length
      at += part.length
      if (filled < HEADER_BYTES) return true
      filled = 0
      if (header[1] !== TYPE_DATA) continue
      skip = new DataView(header.buffer).getUint32(8)
      if (skip > maxFrameBytes) return false
    }
    return true
  }

  const onMessage = (event: { readonly data: Uint8Array | Iterable<Uint8Array> }): void => {
    const chunks = event.data instanceof Uint8Array ? [event.data] : event.data
    for (const chunk of chunks) {
      if (inspect(chunk)) continue
      connection.removeEventListener('message', onMessage)
      connection.abort(new Error(`yamux frame of ${skip} bytes, at most ${maxFrameBytes} expected`))
      return
    }
  }
  connection.addEventListener('message', onMessage)
}
