/**
 * Trust: may this peer speak for this SP, and as what? The one place that compares a peer with registry entries, pins and
 * the legacy mode; everybody else asks it.
 */
import type { PeerIdString, SpAddress } from '../domain/brands.js'
import type { Listing, SpEntry } from '../domain/registry.js'
import { type Judgement, judge, type LegacyMode, listingOf } from './judge.js'

export type { Judgement, LegacyMode, Tier } from './judge.js'

/** The peers to which our configuration pins an SP. An SP with an empty set is pinned to nobody. */
export type Pins = ReadonlyMap<SpAddress, ReadonlySet<PeerIdString>>

/** Its methods throw what the look-up throws while no list is trusted. */
export interface Trust {
  of(sp: SpAddress, peerId: PeerIdString): Judgement
  listing(sp: SpAddress): Listing
  /** A peer of which no SP is known yet may turn out to speak for one. */
  readonly unknownMaySpeak: boolean
}

export interface TrustInit {
  readonly mode: LegacyMode
  readonly pins: Pins
  readonly entryOf: (sp: SpAddress) => SpEntry | undefined
}

export const createTrust = ({ mode, pins, entryOf }: TrustInit): Trust => ({
  of: (sp, peerId) => judge({ sp, peerId, mode, entry: entryOf(sp), pins: pins.get(sp) }),
  listing: sp => listingOf(entryOf(sp), pins.get(sp)),
  unknownMaySpeak: mode === 'auto'
})
