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
/** Streams of one peer that wait for no crowd: its pings, pongs and a few asks. */
const FEW: Rate = { perSecond: 4, burst: 4 }

/** How fast streams may be opened, whatever becomes of them. */
export interface StreamRates {
  /** By one peer, over all its connections. */
  readonly each: Rate
  /** By all of its kind together, beyond a few of each; absent: it waits for nobody. */
  readonly crowd?: { readonly name: string; readonly rate: Rate }
}

/** What a peer may still ask of us on one connection, which ends when it asks for more. */
export interface Allowance {
  /** One more stream, whatever becomes of it. `wait`: this one, and nothing more until {@link hasToWait} says so. */
  open(): 'go' | 'wait' | 'end'
  hasToWait(): boolean
  mayFrame(count: number): boolean
  /** We have opened a stream to the peer. */
  weOpened(): void
}

/** @param ratesOf `undefined`: no limit */
export function allowances(
  clock: Clock,
  ratesOf: (peer: PeerId) => StreamRates | undefined
): (peer: PeerId | undefined) => Allowance {
  const opened = new RateLimit(clock)
  const framed = new RateLimit(clock)
  const few = new RateLimit(clock)
  const crowds = new RateLimit(clock)
  return peer => {
    const key = peer?.toString() ?? ''
    const rates = (): StreamRates | undefined => peer && ratesOf(peer)
    /** How many of `wanted`, or more, it has now; 0: too many were wanted. */
    const pay = (limit: RateLimit, wanted: number, { each, crowd }: Partial<StreamRates> = {}): number => {
      if (each === undefined) return wanted
      const streams = crowd === undefined ? Math.max(wanted, Math.floor(each.burst * IN_ADVANCE)) : wanted
      return limit.take(key, each, streams) ? streams : 0
    }
    let paidStreams = 0
    let paidFrames = 0
    return {
      open: () => {
        if (--paidStreams >= 0) return 'go'
        const now = rates()
        paidStreams = pay(opened, 1, now) - 1
        if (paidStreams < 0) return 'end'
        const { crowd } = now ?? {}
        return crowd === undefined || few.take(key, FEW) || crowds.take(crowd.name, crowd.rate) ? 'go' : 'wait'
      },
      hasToWait: () => {
        const { crowd } = rates() ?? {}
        if (crowd === undefined || few.retryAfterMs(key, FEW) === 0) return false
        return crowds.retryAfterMs(crowd.name, crowd.rate) > 0
      },
      mayFrame: count => {
        const missing = Math.ceil((count - paidFrames) / FRAMES_PER_STREAM)
        if (missing > 0) paidFrames += FRAMES_PER_STREAM * pay(framed, missing, rates())
        paidFrames -= count
        return paidFrames >= 0
      },
      weOpened: () => {
        paidFrames = Math.min(paidFrames + FRAMES_PER_STREAM, OUR_STREAMS * FRAMES_PER_STREAM)
      }
    }
  }
}
