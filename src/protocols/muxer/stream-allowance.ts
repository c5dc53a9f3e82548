import type { PeerId } from '@libp2p/interface'
import type { Clock } from '../../kit/clock.js'
import { type Rate, RateLimit } from '../../kit/rate-limit.js'

/**
 * Small frames and encrypted messages that a peer may send for each stream that it may open or that we open. An exchange
 * takes six frames of each side, each a message of its own where the peer does not batch them.
 */
const FRAMES_PER_STREAM = 16
/** Part of a burst that is paid for at once: looking a peer up for each frame would cost more than the frame. */
const IN_ADVANCE = 1 / 64
/** Streams of ours whose frames may be outstanding: as many as we open to a peer at once, of three protocols. */
const OUR_STREAMS = 144

/** What a peer may still ask of us on one connection, which ends when it asks for more. */
export interface Allowance {
  /** One more stream, whatever becomes of it. */
  mayOpen(): boolean
  mayFrame(count: number): boolean
  /** We have opened a stream to the peer. */
  weOpened(): void
}

/** @param rateOf streams that a peer may open, over all its connections; `undefined`: no limit */
export function allowances(
  clock: Clock,
  rateOf: (peer: PeerId) => Rate | undefined
): (peer: PeerId | undefined) => Allowance {
  const opened = new RateLimit(clock)
  const framed = new RateLimit(clock)
  return peer => {
    const key = peer?.toString() ?? ''
    /** How many of `wanted`, or more, it has now; 0: too many were wanted. */
    const pay = (limit: RateLimit, wanted: number): number => {
      const rate = peer && rateOf(peer)
      const streams = Math.max(wanted, rate === undefined ? 0 : Math.floor(rate.burst * IN_ADVANCE))
      return rate === undefined || limit.take(key, rate, streams) ? streams : 0
    }
    let paidStreams = 0
    let paidFrames = 0
    return {
      mayOpen: () => {
        if (paidStreams === 0) paidStreams = pay(opened, 1)
        return --paidStreams >= 0
      },
      mayFrame: count => {
        const missing = Math.ceil((count - paidFrames) / FRAMES_PER_STREAM)
        if (missing > 0) paidFrames += FRAMES_PER_STREAM * pay(framed, missing)
        paidFrames -= count
        return paidFrames >= 0
      },
      weOpened: () => {
        paidFrames = Math.min(paidFrames + FRAMES_PER_STREAM, OUR_STREAMS * FRAMES_PER_STREAM)
      }
    }
  }
}
