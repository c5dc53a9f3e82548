/** Bounds of what comes in, whatever the wire. */
export interface DoorLimits {
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
  /** Messages that no honest peer sends, before the connection of a known peer ends. */
  readonly faultsPerSecond: number
  /** The same for a stranger. */
  readonly strangerFaultsPerSecond: number
}

export const DEFAULT_DOOR_LIMITS: DoorLimits = {
  messagesPerPeer: 1_000,
  messagesPerStranger: 32,
  messages: 4_096,
  bufferedBytes: 64 * 1024 * 1024,
  strangersPercent: 25,
  strangersPerIp: 8,
  strangerMs: 10_000,
  faultsPerSecond: 200,
  strangerFaultsPerSecond: 20
}

/** Streams per connection and protocol that libp2p may open or accept; our own gate counts per peer, below this. */
export const STREAMS_PER_CONNECTION = 1_024
