/**
 * AutoNAT under a protocol prefix of our own: nodes of other SPs dial us back and say whether that worked. It looks at
 * public addresses only, so it runs where private ones are not meant.
 */
import type { AutoNATComponents } from '@libp2p/autonat'
import type { PeerIdString } from '../../domain/brands.js'
import type { Clock } from '../../kit/clock.js'
import type { OwnReachability } from '../host/host.js'
import { DialBacks } from './dial-backs.js'

export interface AutonatInit {
  readonly clock: Clock
}

export interface Autonat {
  /** What was found of each of our public addresses and names. */
  results(): readonly OwnReachability[]
  /** Sets which peers we dial back: those that speak for a listed SP. `undefined`: every peer. */
  admit(mayServe: ((peer: PeerIdString) => boolean) | undefined): void
}

/** What is used of the host's components; we bring the random walk, which dials strangers, as one that dials nobody. */
export type AutonatHostComponents = Omit<AutoNATComponents, 'randomWalk' | 'metrics'>

/** A libp2p service. */
export const autonat =
  (init: AutonatInit) =>
  (components: AutonatHostComponents): Autonat =>
    new DialBacks(components, init)
