/**
 * GfSp 0.0.1: four protocols, one bare protobuf message per stream, answers on a stream of their own. Bytes and rules:
 * docs/PROTOCOL.md. What is decided about an ask or an answer is not known here.
 */
import '../patches/with-resolvers.js'
import type { SpAddress } from '../../domain/brands.js'
import type { Signer, Verifier } from '../../identity/index.js'
import type { Clock } from '../../kit/clock.js'
import type { Logger } from '../../logger.js'
import type { Metrics } from '../../metrics.js'
import type { PeerDirectory } from '../../peers/index.js'
import type { Trust } from '../../trust/index.js'
import type { Announced } from '../door/announced.js'
import type { Strangers } from '../door/strangers.js'
import type { P2PHost } from '../host/host.js'
import type { AskHandler, LateReplies, Wire } from '../wire.js'
import type { WireLimits } from './limits.js'
import type { Connector, Sender } from './sender.js'
import { GfspWireService } from './wire.js'

export interface GfspWireInit {
  readonly host: P2PHost
  readonly self: { readonly sp: SpAddress }
  readonly signer: Signer
  readonly verifier: Verifier
  readonly trust: Trust
  readonly directory: PeerDirectory
  readonly connector: Connector
  readonly strangers: Strangers
  readonly announced: Announced
  readonly asks: { readonly handle: AskHandler }
  readonly lateReplies: LateReplies
  /** Time between pings, ms, at least; 0: answer pings, send none. Default 1,000, as the Go provider. */
  readonly pingPeriodMs?: number
  /** Local cluster: limits per address and address block do not count for private addresses. */
  readonly allowPrivate?: boolean
  readonly limits?: Partial<WireLimits>
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
}

/** What the parts of the wire share: the options with their defaults, and the sender. */
export interface WireParts extends Omit<Required<GfspWireInit>, 'limits'> {
  readonly limits: WireLimits
  readonly sender: Sender
}

export interface GfspWire extends Wire {
  /** Inbound messages in work. */
  readonly load: { readonly messages: number }
}

/** The 0.0.1 wire on a host. Starts and stops any number of times. */
export const gfspWire = (init: GfspWireInit): GfspWire => new GfspWireService(init)

export { DEFAULT_WIRE_LIMITS, type WireLimits } from './limits.js'
