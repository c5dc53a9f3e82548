import { DEFAULT_DOOR_LIMITS, type DoorLimits } from '../door/limits.js'

/** Bounds of the 0.0.1 wire, as data. */
export interface WireLimits extends DoorLimits {
  /** Pings and pongs a peer may send in a second; the original sends one. */
  readonly pingsPerSecond: number
  /** Signatures of pings and pongs verified for one address block in a second. */
  readonly checksPerSecond: number
  /** Pings sent at once. */
  readonly parallelPings: number
  /** Time a peer has for its pong, ms. */
  readonly pongMs: number
  /** Nodes told in a pong. */
  readonly pongNodes: number
}

export const DEFAULT_WIRE_LIMITS: WireLimits = {
  ...DEFAULT_DOOR_LIMITS,
  pingsPerSecond: 5,
  checksPerSecond: 100,
  parallelPings: 64,
  pongMs: 5_000,
  pongNodes: 64
}

/**
 * Streams of one protocol to one peer that it has not closed yet; further messages wait. go-libp2p resets what goes
 * beyond 64 (its resource manager's default, and 4 more per GiB it may use), and frees one just after we see it close.
 */
export const UNFINISHED_STREAMS = 48
