import type { GuestTier } from '../../domain/guest.js'
import type { Share } from '../../kit/fair-budget.js'
import type { Rate } from '../../kit/rate-limit.js'
import type { StreamRates } from '../muxer/stream-allowance.js'

/** Bounds of what comes in, whatever the wire. */
export interface DoorLimits {
  /** Inbound messages in work at once from one peer that a listed SP speaks through. */
  readonly messagesPerPeer: number
  /** The same for a stranger. */
  readonly messagesPerStranger: number
  readonly messages: number
  /** Bytes that messages being read may hold together. */
  readonly bufferedBytes: number
  /** Share of connections, places for messages and buffered bytes that strangers may hold. */
  readonly strangersPercent: number
  /** The same for peers that brought a message of a listed SP and that nothing ties to it. */
  readonly claimedPercent: number
  readonly strangersPerIp: number
  /** Time in which a stranger must bring a valid message, ms. */
  readonly strangerMs: number
  /**
   * Streams that a peer may open, whatever becomes of them: one costs 70 µs, and a burst of them blocks the event loop. We
   * have at most 48 of each protocol open to a peer, and more only as it closes them.
   */
  readonly streams: Readonly<Record<GuestTier, Rate>>
  /** The same for all claimed peers together: beyond a few of each, they wait for each other. */
  readonly claimedTogether: Rate
  /** The same for all strangers together. */
  readonly strangersTogether: Rate
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
  // What these two leave, 35 %, is for tied peers alone.
  strangersPercent: 25,
  claimedPercent: 40,
  strangersPerIp: 8,
  strangerMs: 10_000,
  streams: {
    tied: { perSecond: 4_000, burst: 512 },
    claimed: { perSecond: 1_000, burst: 256 },
    stranger: { perSecond: 32, burst: 64 }
  },
  claimedTogether: { perSecond: 1_500, burst: 256 },
  strangersTogether: { perSecond: 256, burst: 128 },
  faultsPerSecond: 200,
  strangerFaultsPerSecond: 20
}

/** How `total` is shared. */
export function sharesOf(total: number, limits: DoorLimits): Readonly<Record<GuestTier, Share>> {
  return {
    tied: { most: total },
    claimed: { most: (total * limits.claimedPercent) / 100 },
    stranger: { most: (total * limits.strangersPercent) / 100 }
  }
}

export const streamRatesOf = (limits: DoorLimits): Readonly<Record<GuestTier, StreamRates>> => ({
  tied: { each: limits.streams.tied },
  claimed: { each: limits.streams.claimed, crowd: { name: 'claimed', rate: limits.claimedTogether } },
  stranger: { each: limits.streams.stranger, crowd: { name: 'stranger', rate: limits.strangersTogether } }
})

/** Streams per connection and protocol that libp2p may open or accept; our own budget counts per peer, below this. */
export const STREAMS_PER_CONNECTION = 1_024
