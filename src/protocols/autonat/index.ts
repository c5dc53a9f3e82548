/**
 * AutoNAT under a protocol prefix of our own: nodes of other SPs dial us back and report whether that worked. It checks
 * public addresses only, so it does not run with `allowPrivate`.
 */
import type { AutoNATComponents } from '@libp2p/autonat'
import type { PeerIdString } from '../../domain/brands.js'
import type { GuestTier } from '../../domain/guest.js'
import type { Clock } from '../../kit/clock.js'
import type { OwnReachability } from '../host/host.js'
import { DialBacks } from './dial-backs.js'

export interface AutonatInit {
  readonly clock: Clock
}

export interface Autonat {
  /** The verdict on each of our public addresses and names. */
  results(): readonly OwnReachability[]
  /** Sets which peers we dial back: those that speak for a listed SP. `undefined`: every peer. */
  admit(tierOf: ((peer: PeerIdString) => GuestTier) | undefined): void
}

/** The host components that are used. The random walk, which would dial strangers, is replaced by an empty one. */
export type AutonatHostComponents = Omit<AutoNATComponents, 'randomWalk' | 'metrics'>

/** A libp2p service. */
export const autonat =
  (init: AutonatInit) =>
  (components: AutonatHostComponents): Autonat =>
    new DialBacks(components, init)
