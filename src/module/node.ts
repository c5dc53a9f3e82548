import { multiaddr } from '@multiformats/multiaddr'
import type { PeerIdString } from '../domain/brands.js'
import type { PongNode } from '../domain/task.js'
import type { PeerRecord } from '../peers/index.js'
import { Asker } from '../protocols/asking/asker.js'
import { Roster } from '../protocols/asking/roster.js'
import { Seeker } from '../protocols/dht/seeker.js'
import { type Approver, createApprover } from '../protocols/granting/approver.js'
import type { P2PHost } from '../protocols/host/host.js'
import { InboundCount } from '../protocols/host/inbound-count.js'
import { ConnectionKeeper } from '../protocols/reach/index.js'
import { type GfspWire, gfspWire } from '../protocols/v0/index.js'
import { AccessList } from '../trust/access-list.js'
import type { Emit, Parts } from './parts.js'

/** What lives from start to stop: a host, the wire on it, and who speaks over the wire. */
export interface RunningNode {
  readonly host: P2PHost
  readonly peerId: PeerIdString
  readonly wire: GfspWire
  readonly asker: Asker
  readonly approver: Approver
  readonly keeper: ConnectionKeeper
  /** Absent where the host has no DHT. */
  readonly seeker: Seeker | undefined
  readonly inbound: InboundCount
}

export interface NodeInit {
  readonly parts: Parts
  readonly host: P2PHost
  readonly emit: Emit
  /** Who is connected or known may have changed. */
  readonly onPeers: () => void
}

/** Wires asker and approver to a host: an ask goes asker → wire → socket, an answer socket → wire → asker. */
export function assembleNode({ parts, host, emit, onPeers }: NodeInit): RunningNode {
  const { operatorAddress, signer, verifier, chain, policy, ledger, book, clock, logger, metrics } = parts
  const { trust, life, lifeBlocks, connected } = parts
  const peerId = host.peerId.toString() as PeerIdString
  const approver = createApprover({
    operatorAddress,
    backend: verifier.backend,
    registry: chain.registry,
    heights: chain.heights,
    policy,
    ledger,
    clock,
    logger,
    metrics,
    trust,
    lifeBlocks,
    maxLifeBlocks: life.maxLife,
    onDecision: detail => emit('policy:decision', detail)
  })
  const self = { sp: operatorAddress, peerId }
  const roster = new Roster({
    self,
    hedgeAfterMs: parts.hedgeAfterMs,
    zombieAfter: parts.peerLimits.zombieAfterFailures,
    clock
  })
  const accessList = new AccessList({ directory: book, trust, self: operatorAddress, clock })
  const wire = gfspWire({
    host,
    operatorAddress,
    signer,
    verifier,
    clock,
    logger,
    metrics,
    lookup: sp => parts.entryOf(sp),
    addressesOf: peer => (book.get(peer)?.addresses ?? []).map(({ address }) => multiaddr(address)),
    isKnown: peer => isTied(book.get(peer)),
    isBarred: peer => accessList.isBarred(peer),
    mayClaim: (entry, peer) => trust.of(entry.operatorAddress, peer).tier !== 'refused',
    allowPrivate: parts.allowPrivate,
    onAsk: approver.handle,
    lateReplies: roster,
    onClaim: (peer, sp) => {
      const before = book.get(peer)?.sp
      if (!book.claim(peer, sp) || before === sp) return
      keeper.nodesHeardOf()
      onPeers()
    },
    onContact: (peer, result) => book.contacted(peer, result),
    onHints: (from, nodes) => {
      book.hint(from, nodes)
      keeper.nodesHeardOf()
    },
    onAddresses: (peer, addresses) => book.announced(peer, addresses),
    pongNodes: () => book.tellable(PONG_NODES).map(pongNode),
    pingPeriodMs: parts.pingPeriodMs
  })
  const asker = new Asker({
    self,
    wires: [wire],
    registry: chain.registry,
    heights: chain.heights,
    directory: book,
    roster,
    fairness: parts.fairness,
    nonces: parts.nonces,
    queue: parts.queue,
    history: parts.history,
    resources: parts.scope,
    life,
    trust,
    clock,
    logger,
    metrics,
    emit
  })
  const keeper: ConnectionKeeper = new ConnectionKeeper({
    host,
    directory: book,
    limits: parts.peerLimits,
    registry: chain.registry,
    accessList,
    trust,
    self,
    connected,
    clock,
    logger,
    metrics,
    isAsking: () => parts.queue.size > 0,
    onChange: onPeers
  })
  const seeker =
    host.discovery &&
    new Seeker({
      discovery: host.discovery,
      directory: book,
      registry: chain.registry,
      self,
      targetPerSp: parts.peerLimits.targetPerSp,
      clock,
      logger,
      onFound: () => keeper.nodesHeardOf()
    })
  return { host, peerId, wire, asker, approver, keeper, seeker, inbound: new InboundCount(host.events) }
}

/** Registry, pins or our own configuration name the node; a signed ping alone does not make it known. */
const isTied = (record: PeerRecord | undefined): boolean =>
  record !== undefined && (record.tied || record.source === 'bootstrap' || record.source === 'operator')

/** Nodes told in a pong; the wire may tell fewer. */
const PONG_NODES = 64
/** Addresses of a node told in a pong. */
const PONG_ADDRESSES = 4

const pongNode = ({ peerId, addresses }: PeerRecord): PongNode => ({
  nodeId: peerId,
  multiAddr: addresses.slice(0, PONG_ADDRESSES).map(({ address }) => address)
})
