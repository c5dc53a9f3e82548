/** What a module is made of, before it has a host: every port, given or by default, and the parts that share them. */

import { Alarms } from '../alarms.js'
import { customChain } from '../chain/custom.js'
import type { ChainConnector } from '../chain/index.js'
import { requireSpAddress } from '../codec/address.js'
import { parseBootstrap } from '../codec/bootstrap.js'
import { parsePeerId } from '../codec/peer-id.js'
import {
  DEFAULT_HEDGE_AFTER_MS,
  DEFAULT_LIFE_BLOCKS,
  DEFAULT_MAX_LIFE_BLOCKS,
  DEFAULT_MIN_LIFE_BLOCKS,
  DEFAULT_PING_PERIOD_MS,
  DEFAULT_QUEUE_CAPACITY,
  FINISHED_TASKS_KEPT,
  FINISHED_TASKS_KEPT_MS
} from '../constants.js'
import type { SpApprovalInit } from '../contract.js'
import type { LifeBounds } from '../domain/answer.js'
import type { PeerIdString, SpAddress } from '../domain/brands.js'
import { larger } from '../domain/larger.js'
import { DEFAULT_PEER_LIMITS } from '../domain/peer-limits.js'
import type { SpEntry } from '../domain/registry.js'
import { InvalidArgumentError, requireObject, SpApprovalError } from '../errors.js'
import type { SpApprovalEvents } from '../events.js'
import { createGrantLedger } from '../grants/index.js'
import { BoundedSigner } from '../identity/bounded-signer.js'
import { createVerifier } from '../identity/verifier.js'
import { systemClock } from '../kit/clock.js'
import { silentLogger } from '../logger.js'
import { createMetrics, safeMetrics } from '../metrics.js'
import { PeerBook } from '../peers/book.js'
import { BookWriter } from '../peers/book-writer.js'
import { Fairness } from '../peers/fairness.js'
import { defaultPolicy } from '../policy/default-policy.js'
import type { ApprovalPolicy } from '../policy/index.js'
import { listPolicy } from '../policy/list-policy.js'
import type { AskSession } from '../protocols/asking/ask-session.js'
import { Nonces } from '../protocols/asking/nonces.js'
import { TaskHistory } from '../queue/history.js'
import { TaskQueue } from '../queue/task-queue.js'
import { createResourceManager } from '../resources/manager.js'
import { memoryBook } from '../store/book-memory.js'
import { memoryStore } from '../store/memory.js'
import { watchedStore } from '../store/watched.js'
import type { TaskRecord } from '../task-record.js'
import { createTrust } from '../trust/index.js'
import { ListTrust } from '../trust/list-trust.js'
import { bookEvents } from './peer-actions.js'
import { SideFaults } from './side-faults.js'

export type Emit = <K extends keyof SpApprovalEvents>(type: K, detail: SpApprovalEvents[K]['detail']) => void

export type Parts = Readonly<ReturnType<typeof createParts>>

/** @throws InvalidArgumentError */
export function createParts(init: SpApprovalInit, emit: Emit) {
  requireObject('options', 'the options of a module', init)
  const { clock = systemClock, logger = silentLogger } = init
  const sideFaults = new SideFaults(clock)
  const metrics = safeMetrics(init.metrics ?? createMetrics(), error => sideFaults.note('metrics', 'recording', error))
  const { store, fault: storeFault } = watchedStore(init.store ?? memoryStore())
  const operatorAddress = requireSpAddress('operatorAddress', init.operatorAddress)
  if (typeof init.signer?.sign !== 'function') refuse('signer', 'a signer', init.signer)
  requireObject('chain', 'a chain connector, or { listProviders, height }', init.chain)
  const policy = policyOf(init.policy)
  const chain: ChainConnector = 'registry' in init.chain ? init.chain : customChain(init.chain, { clock, logger })
  const { legacyMode: mode = 'auto' } = init
  const pins = pinsOf(init.pins ?? {})
  const connected = new Set<PeerIdString>()
  /** The node's own peer id while it runs. */
  const identity: { peerId: PeerIdString | undefined } = { peerId: undefined }
  const peerLimits = { ...DEFAULT_PEER_LIMITS, ...init.peerLimits }
  const listTrust = new ListTrust({ mode, pins })
  const bookStore = init.book ?? memoryBook()
  const bookWriter = new BookWriter(bookStore, clock, logger)
  const bootstrap = init.bootstrap ?? []
  const resources = createResourceManager({
    limits: init.resources ?? {},
    onDenied: (_, resource) => metrics.resourcesDenied.inc({ resource })
  })
  const queueCapacity = init.queueCapacity ?? DEFAULT_QUEUE_CAPACITY
  metrics.queueCapacity.set(queueCapacity)
  const lifeBlocks = atLeast('lifeBlocks', init.lifeBlocks ?? DEFAULT_LIFE_BLOCKS, DEFAULT_LIFE_BLOCKS)
  const verifier = createVerifier()
  return {
    operatorAddress,
    signer: new BoundedSigner({ signer: init.signer, operatorAddress, verifier, clock }),
    verifier,
    chain,
    alarms: chain.alarms ?? new Alarms(clock, logger),
    policy,
    store,
    storeFault,
    sideFaults,
    ledger: createGrantLedger({ store, limits: () => policy.limits(), clock, logger }),
    nonces: new Nonces(store, clock),
    bookStore,
    book: new PeerBook({
      self: { sp: operatorAddress, peerId: () => identity.peerId },
      bootstrap: bootstrap.map(parseBootstrap),
      trust: listTrust,
      limits: peerLimits,
      isConnected: peerId => connected.has(peerId),
      clock,
      events: bookEvents(emit, metrics),
      keep: bookWriter.keep
    }),
    bookWriter,
    fairness: new Fairness(clock),
    peerLimits,
    hedgeAfterMs: init.hedgeAfterMs ?? DEFAULT_HEDGE_AFTER_MS,
    identity,
    connected,
    bootstrap,
    listTrust,
    admitStrangers: init.admitStrangers ?? false,
    /** By the current list. */
    trust: createTrust({ mode, pins, entryOf: sp => chain.registry.get(sp) }),
    life: lifeBounds(init, lifeBlocks),
    lifeBlocks,
    pingPeriodMs: init.pingPeriodMs ?? DEFAULT_PING_PERIOD_MS,
    allowPrivate: init.allowPrivate ?? false,
    queue: new TaskQueue<AskSession>(queueCapacity),
    history: new TaskHistory<TaskRecord>({ kept: FINISHED_TASKS_KEPT, keptMs: FINISHED_TASKS_KEPT_MS, clock }),
    resources,
    scope: resources.service('p2p'),
    clock,
    logger,
    metrics,
    /** The registry's entry; `undefined` also while no list is trusted. */
    entryOf: (sp: SpAddress) => entryOf(chain, sp)
  }
}

function policyOf(policy: SpApprovalInit['policy']): ApprovalPolicy {
  if (policy === undefined) return defaultPolicy()
  return 'decide' in policy ? policy : listPolicy(policy)
}

function pinsOf(pins: Readonly<Record<string, readonly string[]>>): Map<SpAddress, Set<PeerIdString>> {
  const parsed = Object.entries(pins).map(([sp, peers]) => {
    const peerIds = peers.map(text => parsePeerId(text) ?? refuse('pins', 'a peer id', text))
    return [requireSpAddress('pins', sp), new Set(peerIds)] as const
  })
  return new Map(parsed)
}

/** What we promise ourselves must lie within: otherwise every ask of others would be refused. */
function lifeBounds({ minLifeBlocks, maxLifeBlocks }: SpApprovalInit, lifeBlocks: bigint): LifeBounds {
  const minLife = atLeast('minLifeBlocks', minLifeBlocks ?? DEFAULT_MIN_LIFE_BLOCKS, 1n)
  const least = larger(minLife, lifeBlocks)
  return { minLife, maxLife: atLeast('maxLifeBlocks', maxLifeBlocks ?? DEFAULT_MAX_LIFE_BLOCKS, least) }
}

const atLeast = (what: string, value: bigint, least: bigint): bigint =>
  value >= least ? value : refuse(what, `at least ${least} blocks`, value)

function refuse(what: string, expected: string, got: unknown): never {
  throw new InvalidArgumentError(what, expected, got)
}

function entryOf(chain: ChainConnector, sp: SpAddress): SpEntry | undefined {
  try {
    return chain.registry.get(sp)
  } catch (error) {
    if (error instanceof SpApprovalError) return undefined
    throw error
  }
}
