/**
 * kad-dht under a protocol prefix of our own, for one purpose: provider records keyed by SP. With them all SPs find each
 * other from one bootstrap entry where the list names no peer ids. Its answers are hints. Every resource is bounded,
 * since any peer that holds a listed SP's 0.0.1 signature may use it: docs/PROTOCOL.md.
 */
import type { KadDHTComponents } from '@libp2p/kad-dht'
import type { PeerIdString } from '../../domain/brands.js'
import type { GuestTier } from '../../domain/guest.js'
import type { Clock } from '../../kit/clock.js'
import type { Discovery } from '../host/host.js'
import { KadService } from './kad-service.js'

export interface DhtInit {
  /** A client asks; a server also keeps records and answers. */
  readonly mode: 'server' | 'client'
  readonly allowPrivate: boolean
  readonly clock: Clock
}

export interface Dht extends Discovery {
  /** Sets as what each peer is a guest: strangers may not use it. `undefined`: all as claimed ones. */
  admit(tierOf: ((peer: PeerIdString) => GuestTier) | undefined): void
}

/** The host components that are used; the others that kad-dht requires are made here. */
export type DhtComponents = Omit<KadDHTComponents, 'metrics' | 'ping' | 'datastore'>

/** A libp2p service that is not registered as peer routing, content routing or peer discovery. */
export const dht =
  (init: DhtInit) =>
  (components: DhtComponents): Dht =>
    new KadService(components, init)
