import type { PeerIdString, SpAddress } from '../domain/brands.js'
import { inService, type Listing, type SpEntry } from '../domain/registry.js'

/** How peers are trusted on the 0.0.1 wire, which proves nothing about a peer: see docs/PROTOCOL.md. */
export type LegacyMode = 'auto' | 'pinned' | 'off'

/** As what a peer speaks for an SP on the 0.0.1 wire. */
export type Tier = 'pinned' | 'claimed' | 'refused'

export interface TrustFacts {
  readonly sp: SpAddress
  readonly peerId: PeerIdString
  readonly mode: LegacyMode
  /** `undefined`: the SP is not listed. */
  readonly entry: SpEntry | undefined
  /** The peers to which our configuration pins the SP. Absent: it pins it to none; empty: to nobody at all. */
  readonly pins?: ReadonlySet<PeerIdString> | undefined
}

interface Judged {
  readonly sp: SpAddress
  /** Whether the SP is in service or not. */
  readonly tier: Tier
  readonly listing: Listing
}

/** May this peer speak for this SP, and as what? */
export type Judgement = Judged &
  (
    | { readonly maySpeak: true; readonly tier: Exclude<Tier, 'refused'>; readonly reason: 'named' | 'open' }
    | { readonly maySpeak: false; readonly reason: 'not-listed' | 'not-in-service' | 'wrong-peer' }
  )

/**
 * An SP whose entry or pins name peer ids is *closed*: those speak for it, and no other does. An SP that our
 * configuration pins to nobody is closed too. An entry without nodes pins nothing: without a pin such an SP is *open*, and
 * under the mode `auto` any peer may claim to speak for it.
 */
export function judge({ sp, peerId, mode, entry, pins }: TrustFacts): Judgement {
  const listing = listingOf(entry, pins)
  if (entry === undefined) return { sp, listing, tier: 'refused', maySpeak: false, reason: 'not-listed' }
  const named = entry.nodes.some(node => node.peerId === peerId) || pins?.has(peerId) === true
  const tier = tierOf(mode, named, listing)
  if (!inService(entry)) return { sp, listing, tier, maySpeak: false, reason: 'not-in-service' }
  if (tier === 'refused') return { sp, listing, tier, maySpeak: false, reason: 'wrong-peer' }
  return { sp, listing, tier, maySpeak: true, reason: named ? 'named' : 'open' }
}

/** Why other SPs refuse our node, by the list that they share with us; `undefined` where nothing there says so. */
export function unheard(sp: SpAddress, peerId: PeerIdString, entry: SpEntry | undefined): string | undefined {
  const { maySpeak, reason } = judge({ sp, peerId, mode: 'auto', entry })
  if (maySpeak) return undefined
  const why = {
    'not-listed': `this SP, ${sp}, is not on the list`,
    'not-in-service': `this SP, ${sp}, is on the list with the status ${entry?.status}`,
    'wrong-peer': `the list names other nodes of this SP, not ours, ${peerId}`
  }[reason]
  return `${why}: others refuse it`
}

/** How list and pins stand to an SP. */
export function listingOf(entry: SpEntry | undefined, pins?: TrustFacts['pins']): Listing {
  if (entry === undefined) return 'unlisted'
  return entry.nodes.length > 0 || pins !== undefined ? 'closed' : 'open'
}

function tierOf(mode: LegacyMode, named: boolean, listing: Listing): Tier {
  if (mode === 'off') return 'refused'
  if (named) return 'pinned'
  return mode === 'auto' && listing === 'open' ? 'claimed' : 'refused'
}
