/**
 * Replicate-piece approvals between storage providers over libp2p.
 *
 * `createP2PModule` gives a module with a libp2p host of its own; `spApproval` is a service for a host that exists.
 * Both are {@link SpApproval}: started, stopped, asked, queried.
 *
 * ```ts
 * const p2p = await createP2PModule({ operatorAddress, signer: localSigner(key), chain, listen: ['/ip4/0.0.0.0/tcp/9933'] })
 * await p2p.start()
 * const { approvals } = await p2p.handleReplicatePieceApproval(task, { min: 6, max: 10, timeoutMs: 5_000 })
 * ```
 */
import './protocols/patches/with-resolvers.js'
import { join } from 'node:path'
import type { ContentRouting } from '@libp2p/interface'
import { customChain } from './chain/custom.js'
import type { P2PModuleOptions, SpApprovalInit } from './contract.js'
import { requireObject } from './errors.js'
import { loadOrCreateKey } from './identity/key-file.js'
import { createKey } from './identity/keys.js'
import { systemClock } from './kit/clock.js'
import { silentLogger } from './logger.js'
import { createMetrics } from './metrics.js'
import { hostDoor } from './module/host-door.js'
import { P2PModule } from './module/p2p-module.js'
import { routedDiscovery } from './protocols/dht/routed-discovery.js'
import { type BorrowedHostComponents, borrowedHost } from './protocols/host/borrowed-host.js'
import { levelBook } from './store/book-level.js'
import { levelStore } from './store/level.js'

const DEFAULT_LISTEN = ['/ip4/0.0.0.0/tcp/9933']

/**
 * A module with its own libp2p host. With `dataDir` the node key and the approval store are kept there.
 *
 * @throws InvalidArgumentError, KeyFileError
 */
export async function createP2PModule(options: P2PModuleOptions): Promise<P2PModule> {
  requireObject('options', 'the options of a module', options)
  const { listen = DEFAULT_LISTEN, announce = [], allowPrivate = false, logger = silentLogger, clock } = options
  const { dht = 'server', metrics = createMetrics() } = options
  const kept = options.dataDir === undefined ? undefined : await onDisk(options.dataDir, options)
  const nodeKey = options.nodeKey ?? kept?.nodeKey ?? createKey()
  const { registry } = metrics
  const door = hostDoor({ nodeKey, listen, announce, allowPrivate, dht, registry, logger, ...(clock && { clock }) })
  return new P2PModule({ ...options, metrics, ...kept?.ports }, door)
}

/** What a data folder gives where nothing else was given: node key, store, peer book, and the state of a custom chain. */
async function onDisk(dataDir: string, options: P2PModuleOptions) {
  const { clock = systemClock, logger = silentLogger, maxLifeBlocks, chain } = options
  const limits = maxLifeBlocks === undefined ? {} : { maxLifeBlocks }
  const nodeKey = options.nodeKey ?? (await loadOrCreateKey(join(dataDir, 'node.key')))
  const store = options.store ?? levelStore({ dir: join(dataDir, 'approvals'), clock, logger, ...limits })
  const book = options.book ?? levelBook({ dir: join(dataDir, 'peers'), clock, logger })
  const stateFile = join(dataDir, 'chain.json')
  const connector = 'registry' in chain ? chain : customChain(chain, { clock, logger, stateFile })
  return { nodeKey, ports: { store, book, chain: connector } }
}

/**
 * A libp2p service: `createLibp2p({ services: { identify: identify(), approvals: spApproval({ … }) } })`.
 *
 * Works with any muxer; `streamMuxers: [oneShotMuxer(systemClock)]` saves the 0.0.1 wire its negotiation round trip,
 * halves its cost and bounds what a peer may make yamux buffer.
 */
export function spApproval(init: SpApprovalInit): (components: BorrowedHostComponents) => P2PModule {
  requireObject('options', 'the options of a module', init)
  const { allowPrivate = false } = init
  const discoveryBy = (routing: ContentRouting) => routedDiscovery(routing, allowPrivate)
  return components => new P2PModule(init, borrowedHost(components, { allowPrivate, discoveryBy }))
}

export { ALARM_KINDS, type Alarm, type AlarmKind, Alarms } from './alarms.js'
export { type CoordinatorConnector, coordinatorChain } from './chain/coordinator/index.js'
export { customChain } from './chain/custom.js'
export type { ChainConnector, ChainStatus, HeightSource, SpRegistry, SpRegistryChange } from './chain/index.js'
export { staticChain } from './chain/static/index.js'
export { parseSpAddress, requireSpAddress } from './codec/address.js'
export { formatBootstrap, parseBootstrap } from './codec/bootstrap.js'
export { grantKeyOf as grantKey } from './codec/grant-key.js'
export { parsePeerId } from './codec/peer-id.js'
export { decodeTask, encodeTask } from './codec/task-codec.js'
export { taskInfoLine } from './codec/task-info.js'
export { taskFromJson, taskToJson } from './codec/task-json.js'
export type * from './contract.js'
export type { AnswerRejection, Approval } from './domain/answer.js'
export type { AskIdentity } from './domain/ask-identity.js'
export type { Height, PeerIdString, SpAddress, TaskKey } from './domain/brands.js'
export type { CreateTimeSpan } from './domain/create-time.js'
export { DIAL_REASONS, type DialStatus, NO_DIAL_REASONS } from './domain/dial-reason.js'
export type { SpFairness } from './domain/fairness.js'
export type { Grant, GrantLimits, GrantState } from './domain/grant.js'
export type { PeerLimits } from './domain/peer-limits.js'
export type { PolicyDecision, PolicyFacts, PolicyRule } from './domain/policy-rules.js'
export type { PruneReason } from './domain/prune.js'
export type { Collected } from './domain/quorum.js'
export type { RefusalCode } from './domain/refusal.js'
export type { SpEntry, SpList, SpNode, SpStatus } from './domain/registry.js'
export * from './domain/task.js'
export { taskKey } from './domain/task-key.js'
export * from './errors.js'
export type { SpApprovalEvents } from './events.js'
export { secp256k1Backend } from './identity/backend.js'
export type { Secp256k1Backend, Signer, SignSubject, Verifier } from './identity/index.js'
export { loadKey, loadOrCreateKey, writeKey } from './identity/key-file.js'
export { createKey, operatorAddressOf, parseKeyHex, peerIdOf } from './identity/keys.js'
export { localSigner } from './identity/local-signer.js'
export { createVerifier } from './identity/verifier.js'
export type { Clock, Timer } from './kit/clock.js'
export { systemClock } from './kit/clock.js'
export { type Json, jsonOf as grantToJson, jsonOf as reportToJson } from './kit/json.js'
export type { Lifecycle, LifecycleEnd, Service } from './lifecycle/index.js'
export { createLifecycle } from './lifecycle/lifecycle.js'
export { type Logger, silentLogger } from './logger.js'
export { createMetrics, type Metrics } from './metrics.js'
export { P2PModule } from './module/p2p-module.js'
export type { PeerFilter, PeerRecord, PeerState } from './peers/index.js'
export type { BuiltInRule, PolicyRates, Size, SizeSource } from './policy/built-in-rule.js'
export { defaultPolicy } from './policy/default-policy.js'
export { filePolicy } from './policy/file-policy.js'
export type { ApprovalPolicy, PolicyFunction } from './policy/index.js'
export { listPolicy } from './policy/list-policy.js'
export { rules } from './policy/rules.js'
export { oneShotMuxer } from './protocols/muxer/one-shot-muxer.js'
export type {
  ResourceLimits,
  ResourceManager,
  ResourceRequest,
  ResourceScope,
  ResourceSpan,
  ResourceUsage
} from './resources/index.js'
export { createResourceManager } from './resources/manager.js'
export type { BookChange, BookContents, BookRecord, BookStore } from './store/book.js'
export { levelBook } from './store/book-level.js'
export { memoryBook } from './store/book-memory.js'
export type { ApprovalStore, StoreHealth } from './store/index.js'
export { levelStore } from './store/level.js'
export { memoryStore } from './store/memory.js'
export * from './task-record.js'
export type { LegacyMode } from './trust/index.js'
export { unheard } from './trust/judge.js'
export { VERSION } from './version.js'
