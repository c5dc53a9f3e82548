/**
 * Upstream: @libp2p/yamux 8.0.3, `YamuxMuxer.sendFrame`: writes each frame by itself, so that each is encrypted and
 * takes a system call; a one-shot exchange is many small frames (opening, end, the echo of the negotiation).
 */
import type { MessageStream } from '@libp2p/interface'
import { Uint8ArrayList } from 'uint8arraylist'

/** The part of a muxer that writes frames. */
export interface FrameSender {
  /** `false`: the connection takes no more for now. */
  send(data: Uint8Array | Uint8ArrayList): boolean
}

/** One encrypted message of Noise. A fuller batch is written at once: the writer must learn whether to go on. */
const MAX_BATCH_BYTES = 65_519

/**
 * Writes the frames of one run of promise callbacks as one encrypted message. The flush is a tick scheduled by a
 * microtask, which runs after all promise callbacks: the two messages of a ping take 4 writes so, and 11 when each
 * microtask flushes.
 */
export function batchFrames(muxer: FrameSender, connection: MessageStream): void {
  const send = muxer.send.bind(muxer)
  let waiting: Uint8ArrayList | undefined

  const flush = (): boolean => {
    const frames = waiting
    waiting = undefined
    if (frames === undefined || connection.status !== 'open') return true
    try {
      return send(frames)
    } catch (error) {
      connection.abort(error instanceof Error ? error : new Error(String(error)))
      return false
    }
  }

  muxer.send = data => {
    if (waiting === undefined) {
      waiting = new Uint8ArrayList(data)
      queueMicrotask(() => process.nextTick(flush))
    } else waiting.append(data)
    return waiting.byteLength < MAX_BATCH_BYTES ? !connection.writableNeedsDrain : flush()
  }
}
