import type { MessageStream } from '@libp2p/interface'
import { Uint8ArrayList } from 'uint8arraylist'

/** The part of a muxer through which its frames leave. */
export interface FrameSender {
  /** `false`: the connection takes no more for now. */
  send(data: Uint8Array | Uint8ArrayList): boolean
}

/** What waits at most: one encrypted message of Noise. Beyond it the writer must hear at once whether to go on. */
const MAX_BATCH_BYTES = 65_519

/**
 * Lets the frames that a muxer writes in one run of callbacks leave as one encrypted message and one system call. A
 * one-shot exchange is many small frames (opening, end, the echo of the negotiation), written one promise after the
 * other: a tick asked for by a microtask comes when all promise callbacks have run. Two messages of a ping cost 4 writes
 * so, and 11 when each microtask flushes.
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
