/**
 * kad-dht under a protocol prefix of our own, for one purpose: provider records keyed by SP, so that on a network whose
 * list names no peer ids everybody finds everybody from one entry. What it tells is hints. Bounded in every direction,
 * since any peer that holds a listed SP's 0.0.1 signature may use it: docs/PROTOCOL.md.
 */
import type { KadDHTComponents } from '@libp2p/kad-dht'
import type { PeerIdString } from '../../domain/brands.js'
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
  /** Sets which peers may use it: those that speak for a listed SP. `undefined`: every peer. */
  admit(mayServe: ((peer: PeerIdString) => boolean) | undefined): void
}

/** What is used of the host's components; of kad-dht's needs, we bring the rest. */
export type DhtComponents = Omit<KadDHTComponents, 'metrics' | 'ping' | 'datastore'>

/** A libp2p service. It offers itself to libp2p as nothing else: no peer routing, no content routing, no discovery. */
export const dht =
  (init: DhtInit) =>
  (components: DhtComponents): Dht =>
    new KadService(components, init)
