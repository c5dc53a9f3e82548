import { multiaddr } from '@multiformats/multiaddr'
import { legacyTier } from './domain/answer.js'
import type { PeerIdString, SpAddress } from './domain/brands.js'
import type { Emit, Parts } from './parts.js'
import type { MemoryDirectory } from './peers/directory.js'
import type { PeerRecord } from './peers/index.js'
import { Asker } from './protocols/asking/asker.js'
import { type Approver, createApprover } from './protocols/granting/approver.js'
import type { P2PHost } from './protocols/host/host.js'
import { ConnectionKeeper } from './protocols/host/keeper.js'
import { type GfspWire, gfspWire } from './protocols/v0/index.js'

/** What lives from start to stop: a host, the wire on it, and who speaks over the wire. */
export interface RunningNode {
  readonly host: P2PHost
  readonly peerId: PeerIdString
  readonly wire: GfspWire
  readonly asker: Asker
  readonly approver: Approver
  readonly keeper: ConnectionKeeper
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
  const { operatorAddress, signer, verifier, chain, policy, ledger, directory, clock, logger, metrics } = parts
  const { legacyMode, pins, life, lifeBlocks, connected } = parts
  const peerId = host.peerId.toString() as PeerIdString
  const approver = createApprover({
    operatorAddress,
    signer,
    verifier,
    registry: chain.registry,
    heights: chain.heights,
    policy,
    ledger,
    clock,
    logger,
    metrics,
    legacyMode,
    pins,
    lifeBlocks,
    maxLifeBlocks: life.maxLife,
    onDecision: detail => emit('policy:decision', detail)
  })
  const wire = gfspWire({
    host,
    operatorAddress,
    signer,
    verifier,
    clock,
    logger,
    metrics,
    lookup: sp => parts.entryOf(sp),
    addressesOf: peer => (directory.get(peer)?.addresses ?? []).map(address => multiaddr(address)),
    isKnown: peer => isTied(directory.get(peer)),
    mayClaim: (entry, peer) => legacyTier(legacyMode, entry, peer, pins.get(entry.operatorAddress)) !== 'refused',
    allowPrivate: parts.allowPrivate,
    onAsk: ask => approver.handle(ask),
    onAnswer: answer => asker.answered(answer),
    onClaim: (peer, sp) => claim(directory, peer, sp, () => emit('peer:added', { peerId: peer, sp }), onPeers),
    onContact: (peer, result) => directory.contacted(peer, result),
    pongNodes: () =>
      directory
        .list()
        .filter(record => record.state === 'verified')
        .map(pongNode),
    pingPeriodMs: parts.pingPeriodMs
  })
  const asker: Asker = new Asker({
    self: { sp: operatorAddress, peerId },
    wire,
    signer,
    verifier,
    registry: chain.registry,
    heights: chain.heights,
    directory,
    promote: (peer, sp) => wire.promote(peer, sp),
    nonces: parts.nonces,
    queue: parts.queue,
    history: parts.history,
    resources: parts.scope,
    life,
    legacyMode,
    pins,
    clock,
    logger,
    metrics,
    emit
  })
  const keeper = new ConnectionKeeper({
    host,
    directory,
    registry: chain.registry,
    self: peerId,
    connected,
    clock,
    logger,
    metrics,
    onChange: onPeers,
    onFailure: (failed, error) => emit('peer:failed', { peerId: failed, error })
  })
  return { host, peerId, wire, asker, approver, keeper }
}

/** Registry, pins or our own configuration name the node; a signed ping alone does not make it known. */
const isTied = (record: PeerRecord | undefined): boolean =>
  record !== undefined && (record.state === 'verified' || record.source === 'bootstrap')

const pongNode = (record: { peerId: PeerIdString; addresses: readonly string[] }) => ({
  nodeId: record.peerId,
  multiAddr: record.addresses
})

function claim(
  directory: MemoryDirectory,
  peer: PeerIdString,
  sp: SpAddress,
  added: () => void,
  onPeers: () => void
): void {
  const before = directory.get(peer)?.sp
  if (!directory.claim(peer, sp) || before === sp) return
  added()
  onPeers()
}
