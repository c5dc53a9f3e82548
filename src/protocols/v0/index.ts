/**
 * GfSp 0.0.1: four protocols, one bare protobuf message per stream, answers on a stream of their own. Bytes and rules:
 * docs/PROTOCOL.md. What is decided about an ask or an answer is not known here.
 */
import '../patches/with-resolvers.js'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { PeerIdString, SpAddress } from '../../domain/brands.js'
import type { SpEntry } from '../../domain/registry.js'
import type { PongNode } from '../../domain/task.js'
import type { Signer, Verifier } from '../../identity/index.js'
import type { Clock } from '../../kit/clock.js'
import type { Logger } from '../../logger.js'
import type { Metrics } from '../../metrics.js'
import type { ContactResult, HintedNode } from '../../peers/index.js'
import type { P2PHost } from '../host/host.js'
import type { AskHandler, LateReplies, Wire } from '../wire.js'
import type { WireLimits } from './limits.js'
import type { CpuMeter } from './ping-meter.js'
import { GfspWireService } from './wire.js'

/** A valid signature of that SP came from that peer. */
export type ClaimHandler = (peerId: PeerIdString, sp: SpAddress) => void

export interface GfspWireInit {
  readonly host: P2PHost
  /** Who we are; pings and pongs carry it. */
  readonly operatorAddress: SpAddress
  readonly signer: Signer
  readonly verifier: Verifier
  /** The entry of a listed SP. */
  readonly lookup: (sp: SpAddress) => SpEntry | undefined
  readonly onAsk: AskHandler
  /** Told of answers to no running ask of ours. */
  readonly lateReplies: LateReplies
  /** A listed SP's signature came from this peer. */
  readonly onClaim?: ClaimHandler
  readonly onContact?: (peer: PeerIdString, result: ContactResult) => void
  /** Nodes told in a pong, as far as they can be dialled: hints, to be believed in nothing. Default: dropped. */
  readonly onHints?: (from: PeerIdString, nodes: readonly HintedNode[]) => void
  /** Addresses that a connected peer which speaks for a listed SP, or is known, tells of itself. Default: dropped. */
  readonly onAddresses?: (peer: PeerIdString, addresses: readonly string[]) => void
  /** Nodes told to others in our pongs. Default: none. */
  readonly pongNodes?: () => readonly PongNode[]
  /** Whether this peer may speak in that SP's name (docs/PROTOCOL.md, who may speak). Default: any may. */
  readonly mayClaim?: (entry: SpEntry, peer: PeerIdString) => boolean
  /** Whether registry, pins or configuration name this peer: then it is no stranger. Default: none is. */
  readonly isKnown?: (peer: PeerIdString) => boolean
  /** Whether this peer may not come in at all. Default: none. */
  readonly isBarred?: (peer: PeerIdString) => boolean
  /** Addresses to dial a peer that is not connected. Default: what libp2p's peer store holds. */
  readonly addressesOf?: (peer: PeerIdString) => readonly Multiaddr[]
  /** Time between pings, ms, at least; 0: answer pings, send none. Default 1,000, as the Go provider. */
  readonly pingPeriodMs?: number
  /** Local cluster: limits per address and address block do not count for private addresses. */
  readonly allowPrivate?: boolean
  readonly limits?: Partial<WireLimits>
  /** CPU time used so far, ms, by which pings are kept below 5 % of a core. Default: of this process. */
  readonly cpu?: CpuMeter
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
}

export interface GfspWire extends Wire {
  /** Time between pings now: longer than configured for many nodes, or where pings would take too much CPU. */
  readonly pingPeriodMs: number
  /** The peer brought a valid message of a listed SP by another way: it is no stranger any more. */
  promote(peer: PeerIdString, sp?: SpAddress): void
  /** The SP has left the list: peers that only spoke for it are strangers again. */
  demote(sp: SpAddress): void
  /** Inbound messages in work and connections of strangers, for figures and tests. */
  readonly load: { readonly messages: number; readonly strangers: number }
}

/** The 0.0.1 wire on a host. Starts and stops any number of times. */
export const gfspWire = (init: GfspWireInit): GfspWire => new GfspWireService(init)

export { DEFAULT_PING_PERIOD_MS, DEFAULT_WIRE_LIMITS, type WireLimits } from './limits.js'
