import type { Alarm } from '../../alarms.js'
import type { ChainStatus } from '../../chain/index.js'
import type { NodeOverview, SpOverview } from '../../contract.js'
import type { PeerIdString, SpAddress } from '../../domain/brands.js'
import type { SpEntry } from '../../domain/registry.js'
import type { PeerRecord } from '../../peers/index.js'
import type { StoreHealth } from '../../store/index.js'

/** What a name of a multiaddr stands for now. */
export type NameFacts =
  | { readonly ok: true; readonly ips: readonly string[] }
  /** `error`: what the resolver said, e.g. `ENOTFOUND`. */
  | { readonly ok: false; readonly error: string }

export interface OwnAddressFacts {
  /** Multiaddr without `/p2p/…`. */
  readonly address: string
  /** Of an IP address, or of all that a name stands for. *loopback*: only processes of this machine can dial it. */
  readonly reach: 'public' | 'private' | 'loopback' | 'unknown'
  /** Of a name. */
  readonly name: NameFacts | undefined
  /** Whether a connection to it succeeded from here; a router need not lead us back to ourselves. */
  readonly connects: 'yes' | 'no' | 'untried'
  /** Whether the IP address is one of this machine's. */
  readonly local: boolean
  /** What nodes found that dialled us back. */
  readonly dialledBack: 'reachable' | 'unreachable' | 'unknown'
  readonly reason: string | undefined
}

/** Whether our key makes signatures of our SP. */
export type SigningFacts =
  | { readonly ok: true; readonly by: SpAddress | undefined }
  | { readonly ok: false; readonly error: string }

/** What the checks are made from; gathered at one moment. */
export interface Facts {
  readonly state: NodeOverview['state']
  readonly sp: SpAddress
  readonly peerId: PeerIdString | undefined
  readonly allowPrivate: boolean
  readonly chain: ChainStatus
  /** Every SP of the list; `undefined` while none is trusted. */
  readonly sps: readonly SpOverview[] | undefined
  /** Our own entry. */
  readonly entry: SpEntry | undefined
  readonly signing: SigningFacts
  readonly addresses: readonly OwnAddressFacts[]
  /** Connections that others opened to us since the start. */
  readonly inbound: number
  /** Nodes of our own configuration and of `peers add` that are not connected. */
  readonly configured: readonly NodeView[]
  /** Peer ids that an operator blocked. */
  readonly blocked: readonly PeerIdString[]
  readonly store: StoreHealth
  readonly policyAlarm: string | undefined
  /** Alarms in force. */
  readonly alarms: readonly Alarm[]
  /** Asks of others decided since the start, and those refused because their time was too far from ours. */
  readonly asks: { readonly decided: number; readonly stale: number }
  /** Distinct SPs that should be reachable, and those that are. */
  readonly min: number
  readonly reachable: number
}

/** The way to one SP. */
export interface SpFacts {
  readonly sp: SpAddress
  readonly self: boolean
  /** `undefined`: not listed, or no list is trusted. */
  readonly overview: SpOverview | undefined
  readonly listed: boolean
  readonly nodes: readonly NodeView[]
}

export interface NodeView {
  readonly record: PeerRecord
  /** Its names that do not resolve now, with what the resolver said. */
  readonly unresolved: readonly { readonly name: string; readonly error: string }[]
}
