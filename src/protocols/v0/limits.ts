/** Bounds of the 0.0.1 wire, as data. */
export interface WireLimits {
  /** Inbound messages in work at once from one peer that a listed SP speaks through. */
  readonly messagesPerPeer: number
  /** The same for a stranger. */
  readonly messagesPerStranger: number
  readonly messages: number
  /** Bytes that messages being read may hold together. */
  readonly bufferedBytes: number
  /** Share of all connections that strangers may hold. */
  readonly strangersPercent: number
  readonly strangersPerIp: number
  /** Time in which a stranger must bring a valid message, ms. */
  readonly strangerMs: number
  /** Pings and pongs a peer may send in a second; the original sends one. */
  readonly pingsPerSecond: number
  /** Signatures of pings and pongs verified for one address block in a second. */
  readonly checksPerSecond: number
  /** Messages that no honest peer sends, before the connection of a known peer ends. */
  readonly faultsPerSecond: number
  /** The same for a stranger. */
  readonly strangerFaultsPerSecond: number
  /** Pings sent at once. */
  readonly parallelPings: number
  /** Time a peer has for its pong, ms. */
  readonly pongMs: number
  /** Nodes told in a pong. */
  readonly pongNodes: number
}

export const DEFAULT_WIRE_LIMITS: WireLimits = {
  messagesPerPeer: 1_000,
  messagesPerStranger: 32,
  messages: 4_096,
  bufferedBytes: 64 * 1024 * 1024,
  strangersPercent: 25,
  strangersPerIp: 8,
  strangerMs: 10_000,
  pingsPerSecond: 5,
  checksPerSecond: 100,
  faultsPerSecond: 200,
  strangerFaultsPerSecond: 20,
  parallelPings: 64,
  pongMs: 5_000,
  pongNodes: 64
}

/** Streams per connection and protocol that libp2p may open or accept; our own gate counts per peer, below this. */
export const STREAMS_PER_CONNECTION = 1_024

/**
 * Streams of one protocol to one peer that it has not closed yet; further messages wait. go-libp2p resets what goes
 * beyond 64 (its resource manager's default, and 4 more per GiB it may use), and frees one just after we see it close.
 */
export const UNFINISHED_STREAMS = 48

/** The Go provider's `PingPeriod`. */
export const DEFAULT_PING_PERIOD_MS = 1_000
