/** The module's contract: what a storage node programs against. */
import type { Libp2pEvents, TypedEventTarget } from '@libp2p/interface'
import type { Alarm, Alarms } from './alarms.js'
import type { ChainConnector, ChainStatus } from './chain/index.js'
import type { Height, PeerIdString, SpAddress, TaskKey } from './domain/brands.js'
import type { DialStatus } from './domain/dial-reason.js'
import type { SpFairness } from './domain/fairness.js'
import type { Grant, GrantState } from './domain/grant.js'
import type { PeerLimits } from './domain/peer-limits.js'
import type { PolicyDecision } from './domain/policy-rules.js'
import type { SpEntry, SpList } from './domain/registry.js'
import type { ObjectInfo, ReplicatePieceApprovalTask, StorageParams } from './domain/task.js'
import type { SpApprovalEvents } from './events.js'
import type { Signer } from './identity/index.js'
import type { Clock } from './kit/clock.js'
import type { Logger } from './logger.js'
import type { Metrics } from './metrics.js'
import type { PeerFilter, PeerRecord } from './peers/index.js'
import type { ApprovalPolicy } from './policy/index.js'
import type { ResourceLimits, ResourceRequest, ResourceScope, ResourceSpan } from './resources/index.js'
import type { BookStore } from './store/book.js'
import type { ApprovalStore, StoreHealth } from './store/index.js'
import type { ApprovalResult, TaskRecord, TaskState } from './task-record.js'
import type { LegacyMode } from './trust/index.js'

/** A module with a life: started, stopped, and limited by the resource manager. */
export interface Modular {
  readonly name: string
  start(): Promise<void>
  stop(): Promise<void>
  /** @throws ResourceLimitError */
  reserveResource(request: ResourceRequest): ResourceSpan
  releaseResource(span: ResourceSpan): void
}

export interface AskOptions {
  /** Distinct SPs that must approve, 1 ≤ min ≤ max. */
  readonly min: number
  /** The ask ends as soon as this many distinct SPs have approved. */
  readonly max: number
  /** One deadline from the moment of the call. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  /** After every answer that counted. */
  readonly onProgress?: (progress: { readonly approved: number; readonly asked: number }) => void
}

/** GfSp's P2P interface. Adapters take any implementation of it. */
export interface P2P extends Modular {
  /**
   * Asks other SPs to take an object's pieces.
   * @throws InsufficientApprovalError, RequestRepeatedError, RequestExceedLimitError, ResourceLimitError, BadTaskError,
   * InvalidArgumentError, ChainUnavailableError, AskCancelledError, NotRunningError
   */
  handleReplicatePieceApproval(task: ReplicatePieceApprovalTask, options: AskOptions): Promise<ApprovalResult>
  /** `PEERID@HOST:PORT` entries: configured ones and our own live addresses. */
  handleQueryBootstrap(): string[]
  /** Running tasks whose key contains the sub-key. */
  queryTasks(subKey: string): TaskRecord[]
}

/** What is known of an object that is to be replicated. */
export type NewObject = Partial<ObjectInfo> & Pick<ObjectInfo, 'bucketName' | 'objectName' | 'id' | 'payloadSize'>

export type VerifyRole = 'primary' | 'secondary'

/** `grant` is the live grant that a secondary found in its ledger; a primary has none. */
export type ApprovalVerdict =
  | { readonly ok: true; readonly grant?: Grant }
  | { readonly ok: false; readonly reason: string }

/** A grant, or its key `ASKER/OBJECTID` as `grantKey(task)` gives it. */
export type GrantRef = string | Pick<Grant, 'key'>

/** What the storage node needs before and after an ask, and what an operator looks at. */
export interface SpApproval extends P2P, TypedEventTarget<SpApprovalEvents> {
  readonly operatorAddress: SpAddress
  readonly metrics: Metrics
  /** What an operator has to end; parts of the embedding program may raise theirs. */
  readonly alarms: Alarms
  /**
   * A complete task for an object, not yet asked for. What is left out has its zero value, storage parameters those of
   * Greenfield; bucket, object, id and payload size must be there.
   * @throws BadTaskError naming the first field that is missing or wrong
   */
  createTask(
    objectInfo: NewObject,
    storageParams?: Partial<StorageParams>,
    options?: { readonly priority?: number; readonly userAddress?: string }
  ): ReplicatePieceApprovalTask
  /**
   * A secondary checks before it takes pieces that the approval is its own and still good; a primary checks before it
   * sends that the approver signed it, is listed and the height has not passed.
   * @throws TaskMissingError, InvalidArgumentError
   */
  verifyApproval(task: ReplicatePieceApprovalTask, options: { readonly role: VerifyRole }): Promise<ApprovalVerdict>
  grants(filter?: { readonly asker?: SpAddress; readonly state?: GrantState }): Promise<readonly Grant[]>
  /** The pieces have come: the reservation becomes stored data. @throws NotFoundError */
  consume(grant: GrantRef): Promise<Grant>
  /** Gives a grant's capacity back. @throws NotFoundError */
  releaseGrant(grant: GrantRef): Promise<Grant>
  /** An approval we hold and do not use. 0.0.1 cannot tell the approver; `false` says so. */
  releaseApproval(key: TaskKey, sp: SpAddress): Promise<boolean>
  /** Running and finished tasks. */
  tasks(filter?: { readonly subKey?: string; readonly state?: TaskState; readonly since?: number }): TaskRecord[]
  /** @throws NotFoundError */
  cancelTask(key: TaskKey): void
  peers(filter?: PeerFilter): readonly PeerRecord[]
  /** While the module runs, with what becomes of the node's next dial. @throws NotFoundError */
  peer(peerId: string): PeerRecord & { readonly dial?: DialStatus }
  /** Takes a node `PEERID@HOST:PORT` into the book and dials it; kept until it is removed. @throws InvalidArgumentError */
  addPeer(entry: string): Promise<PeerRecord>
  /** Forgets a node; one that the SP list or the configuration names comes back. @throws NotFoundError */
  removePeer(peerId: string): Promise<void>
  /** Pings a node now; resolves with the round trip in ms. @throws NotFoundError, UnreachableError */
  pingPeer(peerId: string, options?: { readonly signal?: AbortSignal }): Promise<number>
  /** From now on, restarts included, the node is neither dialled nor let in. @throws InvalidArgumentError */
  blockPeer(peerId: string): Promise<void>
  /** @throws NotFoundError when it is not blocked */
  unblockPeer(peerId: string): Promise<void>
  sps(): readonly SpOverview[]
  /** What is wrong with this node, or with the way to one SP, in plain words. @throws InvalidArgumentError */
  diagnose(options?: DiagnoseOptions): Promise<readonly Finding[]>
  /** Runs the policy on a task without answering. */
  explainPolicy(task: ReplicatePieceApprovalTask, asker: SpAddress): Promise<PolicyDecision>
  describePolicy(): readonly { readonly rule: string; readonly text: string }[]
  resources(): readonly ResourceScope[]
  overview(): NodeOverview
  /**
   * Resolves, once at least `min` distinct SPs besides us are reachable, with their number.
   * @throws WaitAbortedError when the signal aborts first, NotRunningError
   */
  waitForSps(min: number, options?: { readonly signal?: AbortSignal }): Promise<number>
  /**
   * Takes the SP list that is held back: an operator has checked that it is right. Nothing happens where none is held.
   * @throws NotOfferedError when the chain connector cannot hold a list back
   */
  confirmList(): void
  /**
   * Believes the next height, whatever it is: an operator has checked the chain.
   * @throws NotOfferedError when the chain connector cannot refuse a height
   */
  resetHeight(): void
  /**
   * Reads policy file and SP list again, now. One that is not what was expected raises its alarm, and the last good one
   * stays in force.
   */
  reload(): Promise<void>
  /**
   * Grants again although a damaged grant store may have lost promises, which may then be broken.
   * @throws StoreError when the decision cannot be written
   */
  acceptLoss(): Promise<void>
}

export interface SpOverview extends SpEntry {
  readonly self: boolean
  /** A node is connected that may speak for the SP, or would if the SP were in service. */
  readonly reachable: boolean
  /** Known nodes. */
  readonly peers: number
  readonly connected: number
  readonly verified: number
  /** Unix ms of the last interaction with one of its nodes that went well. */
  readonly lastSeen: number | undefined
  /** How it fared in our asks. */
  readonly fairness: SpFairness
}

export interface DiagnoseOptions {
  /** Looks at the way to this SP instead of at this node. */
  readonly sp?: string
  /** Distinct SPs that must be reachable; default 6. */
  readonly min?: number
  readonly signal?: AbortSignal
}

/** One thing looked at by `diagnose`. */
export interface Finding {
  /** Stable name, e.g. `own-address`. */
  readonly check: string
  readonly verdict: 'ok' | 'warn' | 'fail'
  /** What was seen, in plain words. */
  readonly what: string
  /** What to do about it; absent when all is well. */
  readonly todo?: string
}

export interface NodeOverview {
  readonly version: string
  readonly state: 'stopped' | 'starting' | 'started' | 'stopping'
  readonly operatorAddress: SpAddress
  readonly peerId: PeerIdString | undefined
  readonly addresses: readonly string[]
  readonly backend: 'native' | 'noble'
  readonly chain: ChainStatus
  readonly store: StoreHealth & { readonly kind: 'memory' | 'level' }
  /** Set while an edit of the policy file is not in force, or the policy command decides nothing. */
  readonly policyAlarm: string | undefined
  /** Alarms in force, in the order in which they were raised. */
  readonly alarms: readonly Alarm[]
  /** Distinct SPs in service, besides us, with a connected node that may speak for them. */
  readonly spsReachable: number
  readonly runningTasks: number
  readonly liveGrants: number
  readonly height: Height | undefined
}

/** Everything the module takes besides a libp2p host. */
export interface SpApprovalInit {
  /** Any spelling of the address; EIP-55 from here on. */
  readonly operatorAddress: string
  readonly signer: Signer
  readonly chain: ChainConnector | CustomChain
  readonly policy?: ApprovalPolicy | readonly PolicyPart[]
  readonly store?: ApprovalStore
  /** Where the peer book is kept; default in memory. */
  readonly book?: BookStore
  /** Bounds of the peer book, and how many nodes of each SP are kept connected. */
  readonly peerLimits?: Partial<PeerLimits>
  /** Time after which a sibling of a node that has not answered is asked too, ms; default 250. */
  readonly hedgeAfterMs?: number
  readonly legacyMode?: LegacyMode
  /** Local pins: peer ids that speak for an SP, by address. An empty list pins the SP to nobody: no peer speaks for it. */
  readonly pins?: Readonly<Record<string, readonly string[]>>
  /**
   * Let peers in that list, pins and configuration do not name, although every SP of the list names its peer ids; default
   * `false`: nothing they say could count.
   */
  readonly admitStrangers?: boolean
  /** `PEERID@HOST:PORT`. */
  readonly bootstrap?: readonly string[]
  readonly minLifeBlocks?: bigint
  readonly maxLifeBlocks?: bigint
  /** Life of the approvals we give, in blocks, ≥ 900; more where the object's size needs it. */
  readonly lifeBlocks?: bigint
  readonly queueCapacity?: number
  readonly resources?: Partial<ResourceLimits>
  /** Period of the 0.0.1 ping, ms, ≥ 1,000 in production; default 1,000. */
  readonly pingPeriodMs?: number
  /** Dial loopback and private addresses that others announce; for local clusters. */
  readonly allowPrivate?: boolean
  readonly clock?: Clock
  readonly logger?: Logger
  readonly metrics?: Metrics
  /** Bound of `stop()` whatever hangs, ms, two seconds at least; default 10,000. Running asks may use 7 tenths of it. */
  readonly drainMs?: number
}

/** A policy as a list: built-in rules (`rules.…`) and functions, asked in order. */
export type PolicyPart = import('./domain/policy-rules.js').PolicyRule | import('./policy/index.js').PolicyFunction

/** SP list and height as two functions; polled. */
export interface CustomChain {
  /** Addresses in any spelling. With sequence and time, an older list is told from a newer one. */
  listProviders(): Promise<readonly SpEntry[] | SpList>
  height(): Promise<bigint | number>
  /** Shortest block time in ms; default 500. */
  readonly minBlockTimeMs?: number
}

/** `createP2PModule`: the same, with a libp2p host of its own. */
export interface P2PModuleOptions extends SpApprovalInit {
  /** Raw secp256k1 private key of the node, 32 bytes. Default: kept in `dataDir`, made where there is none. */
  readonly nodeKey?: Uint8Array
  /** Multiaddrs; default `/ip4/0.0.0.0/tcp/9933`. */
  readonly listen?: readonly string[]
  readonly announce?: readonly string[]
  /** Folder of the store, the peer book, the node key and the side files; without it everything is in memory. */
  readonly dataDir?: string
  /** Whether nodes are also found through a DHT of our own protocol prefix, and its records kept; default `server`. */
  readonly dht?: 'server' | 'client' | 'off'
}

export type { Libp2pEvents }
