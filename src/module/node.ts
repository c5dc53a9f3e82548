import type { PeerIdString } from '../domain/brands.js'
import { Asker } from '../protocols/asking/asker.js'
import { Roster } from '../protocols/asking/roster.js'
import { Seeker } from '../protocols/dht/seeker.js'
import { Announced } from '../protocols/door/announced.js'
import { Strangers } from '../protocols/door/strangers.js'
import { Approver } from '../protocols/granting/approver.js'
import { ConnectionScope } from '../protocols/host/connection-scope.js'
import type { P2PHost } from '../protocols/host/host.js'
import { StoredPeers } from '../protocols/host/stored-peers.js'
import { ConnectionKeeper } from '../protocols/reach/index.js'
import { DEFAULT_WIRE_LIMITS, type GfspWire, gfspWire } from '../protocols/v0/index.js'
import { AccessList } from '../trust/access-list.js'
import type { Emit, Parts } from './parts.js'

/**
 * What lives from start to stop: a host, the wires on it, and what asks and answers over them.
 *
 * ```
 *   asker ──▶ wire ──▶ host ──▶ SP nodes       keeper, seeker ──▶ host: connections to nodes of every SP
 *   approver ◀── wire ◀── strangers ◀── host   what pings and replies say of a node ──▶ peer book
 * ```
 */
export class RunningNode {
  readonly host: P2PHost
  readonly peerId: PeerIdString
  readonly keeper: ConnectionKeeper
  /** Absent where the host has no DHT. */
  readonly seeker: Seeker | undefined
  readonly strangers: Strangers
  readonly announced: Announced
  readonly connections: ConnectionScope
  readonly storedPeers: StoredPeers
  readonly approver: Approver
  readonly wire: GfspWire
  readonly asker: Asker

  constructor(parts: Parts, host: P2PHost, emit: Emit) {
    const { chain, book: directory, peerLimits, allowPrivate } = parts
    const { registry, heights } = chain
    const peerId = host.peerId.toString() as PeerIdString
    const self = { sp: parts.operatorAddress, peerId }
    // What every part may know: who we are, the ports, the peer book.
    const shared = { ...parts, self, host, registry, heights, directory, emit }

    this.host = host
    this.peerId = peerId
    const accessList = new AccessList({ ...shared, self: self.sp })
    this.keeper = new ConnectionKeeper({ ...shared, accessList, limits: peerLimits })
    this.seeker = host.discovery && new Seeker({ ...shared, discovery: host.discovery, ...peerLimits })
    this.strangers = new Strangers({ ...shared, accessList, limits: DEFAULT_WIRE_LIMITS })
    this.announced = new Announced({ ...shared, strangers: this.strangers })
    this.connections = new ConnectionScope(shared)
    this.storedPeers = new StoredPeers(shared)

    this.approver = new Approver({
      ...shared,
      backend: parts.verifier.backend,
      maxLifeBlocks: parts.life.maxLife,
      onDecision: detail => emit('policy:decision', detail)
    })
    const roster = new Roster({ ...shared, zombieAfter: peerLimits.zombieAfterFailures })
    this.wire = gfspWire({
      ...shared,
      connector: this.keeper,
      allowPrivate,
      strangers: this.strangers,
      announced: this.announced,
      asks: this.approver,
      lateReplies: roster
    })
    this.asker = new Asker({ ...shared, resources: parts.scope, wires: [this.wire], roster })
  }

  async start(): Promise<void> {
    this.connections.start()
    this.strangers.start()
    this.announced.start()
    this.storedPeers.start()
    await this.wire.start()
    this.keeper.start()
    this.seeker?.start()
  }
}
