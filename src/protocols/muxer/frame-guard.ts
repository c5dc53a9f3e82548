/**
 * Upstream: @libp2p/yamux 8.0.3, `Decoder.readFrame` and `YamuxMuxer.handleFrame`: buffer a data frame as a whole before
 * its length is compared with the window, and a header can announce 4 GiB; make a stream and begin a negotiation for each
 * opening frame, 70 µs of work for 24 bytes where the next frame resets it, and answer every ping.
 */
import type { MessageStream } from '@libp2p/interface'
import type { Allowance } from './stream-allowance.js'

const HEADER_BYTES = 12
const TYPE_DATA = 0
const TYPE_WINDOW_UPDATE = 1
const FLAG_SYN = 1
/** Handling so much costs more than the frame or the encrypted message around it: only smaller ones are counted. */
const SMALL_BYTES = 512

/**
 * Ends a connection whose peer announces too long a frame, opens streams too fast or sends too many frames.
 * @param maxFrameBytes the largest window we grant
 */
export function guardFrames(
  connection: MessageStream,
  maxFrameBytes: number,
  { mayOpen, mayFrame }: Pick<Allowance, 'mayOpen' | 'mayFrame'>
): void {
  const split = new Uint8Array(HEADER_BYTES)
  let filled = 0
  let skip = 0
  let small = 0

  /** What is wrong with the frame whose header stands there. */
  const faultAt = (bytes: Uint8Array, at: number): string | undefined => {
    const type = bytes[at + 1]
    if (type === TYPE_DATA) skip = uint32At(bytes, at + 8)
    if (skip < SMALL_BYTES) small++
    if (skip > maxFrameBytes) return `yamux frame of ${skip} bytes, at most ${maxFrameBytes} expected`
    const opens = (type === TYPE_DATA || type === TYPE_WINDOW_UPDATE) && ((bytes[at + 3] ?? 0) & FLAG_SYN) !== 0
    return opens && !mayOpen() ? 'yamux: too many streams opened at once' : undefined
  }

  /** What is wrong with the frames that begin in this chunk. */
  const faultIn = (chunk: Uint8Array): string | undefined => {
    let at = 0
    while (at < chunk.length) {
      if (skip > 0) {
        const step = Math.min(skip, chunk.length - at)
        skip -= step
        at += step
        continue
      }
      let fault: string | undefined
      if (filled === 0 && chunk.length - at >= HEADER_BYTES) {
        fault = faultAt(chunk, at)
        at += HEADER_BYTES
      } else {
        const part = chunk.subarray(at, at + HEADER_BYTES - filled)
        split.set(part, filled)
        filled += part.length
        at += part.length
        if (filled < HEADER_BYTES) return undefined
        filled = 0
        fault = faultAt(split, 0)
      }
      if (fault !== undefined) return fault
    }
    return undefined
  }

  /** What is wrong with an encrypted message. */
  const faultOf = (chunks: Iterable<Uint8Array>): string | undefined => {
    small = 0
    let length = 0
    for (const chunk of chunks) {
      const fault = faultIn(chunk)
      if (fault !== undefined) return fault
      length += chunk.length
    }
    if (length < SMALL_BYTES) small++
    return small === 0 || mayFrame(small) ? undefined : 'yamux: too many small frames at once'
  }

  const onMessage = (event: Event & { readonly data: Uint8Array | Iterable<Uint8Array> }): void => {
    const fault = faultOf(event.data instanceof Uint8Array ? [event.data] : event.data)
    if (fault === undefined) return
    connection.removeEventListener('message', onMessage)
    // The muxer, which listens too, sees nothing of this message.
    event.stopImmediatePropagation()
    connection.abort(new Error(fault))
  }
  connection.addEventListener('message', onMessage)
}

const uint32At = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0
