import { requireSpAddress } from '../codec/address.js'
import { formatBootstrap } from '../codec/bootstrap.js'
import { checkTaskFields } from '../codec/field-check.js'
import { DRAIN_MS } from '../constants.js'
import type {
  ApprovalVerdict,
  AskOptions,
  DiagnoseOptions,
  GrantRef,
  NewObject,
  NodeOverview,
  SpApproval,
  SpApprovalInit,
  SpOverview,
  VerifyRole
} from '../contract.js'
import type { PeerIdString, SpAddress, TaskKey } from '../domain/brands.js'
import type { Grant } from '../domain/grant.js'
import type { ReplicatePieceApprovalTask, StorageParams } from '../domain/task.js'
import { InvalidArgumentError, NotOfferedError, NotRunningError, requireObject } from '../errors.js'
import type { SpApprovalEvents } from '../events.js'
import { withOwnSignal } from '../kit/abort.js'
import { SerialQueue } from '../kit/serial-queue.js'
import type { HostDoor } from '../protocols/host/host.js'
import type { ResourceRequest, ResourceSpan } from '../resources/index.js'
import type { ApprovalResult, TaskRecord } from '../task-record.js'
import { diagnose } from './doctor/index.js'
import { nodeOverview, ownAddresses, spOverviews } from './doctor/overview.js'
import { closeAll, openParts } from './life.js'
import { type NewTaskOptions, newTask } from './new-task.js'
import { RunningNode } from './node.js'
import { createParts, type Emit, type Parts } from './parts.js'
import { addPeer, blockPeer, knownPeer, pingPeer, removePeer, unblockPeer } from './peer-actions.js'
import { SafeEvents } from './safe-events.js'
import { verifyApproval } from './verify-approval.js'
import { nodeWatch, type Watch } from './watch.js'

type State = NodeOverview['state']

const CHAIN_WITH_GUARD = 'a chain connector that can do it'

/**
 * The module: parts that outlive a start, a node that lives from start to stop.
 *
 * ```
 *   handleReplicatePieceApproval ─▶ asker ─▶ wire ─▶ SP nodes      (keeper keeps them connected)
 *   other SPs' asks ─▶ wire ─▶ approver ─▶ policy, ledger ─▶ store
 *   chain: who is an SP, at which height · queue, resources: how much at once
 * ```
 */
export class P2PModule extends SafeEvents<SpApprovalEvents> implements SpApproval {
  readonly name = 'p2p'
  readonly #parts: Parts
  readonly #door: HostDoor
  readonly #drainMs: number
  #node: RunningNode | undefined
  #watch: Watch | undefined
  #state: State = 'stopped'
  readonly #turns = new SerialQueue()
  readonly #emit: Emit = (type, detail) => this.safeDispatchEvent(type, { detail })

  constructor(init: SpApprovalInit, door: HostDoor) {
    super()
    this.#parts = createParts(init, this.#emit)
    this.#door = door
    this.#drainMs = init.drainMs ?? DRAIN_MS
  }

  get operatorAddress(): SpAddress {
    return this.#parts.operatorAddress
  }
  get metrics(): Parts['metrics'] {
    return this.#parts.metrics
  }
  get alarms(): Parts['alarms'] {
    return this.#parts.alarms
  }

  /** A start that fails takes back what had begun. */
  start(): Promise<void> {
    return this.#turn('started', async () => {
      this.#state = 'starting'
      try {
        await this.#open()
        this.#state = 'started'
      } catch (error) {
        // What could not be closed is logged; the caller gets the reason why the start failed.
        await this.#close().catch(() => undefined)
        this.#state = 'stopped'
        throw error
      }
    })
  }

  /** No new work, what runs is waited for within the drain bound, then everything is closed in reverse. */
  stop(): Promise<void> {
    return this.#turn('stopped', async () => {
      this.#state = 'stopping'
      try {
        await this.#close()
      } finally {
        this.#state = 'stopped'
      }
    })
  }

  reserveResource(request: ResourceRequest): ResourceSpan {
    return this.#parts.scope.reserve(request)
  }

  releaseResource(span: ResourceSpan): void {
    span.release()
  }

  async handleReplicatePieceApproval(task: ReplicatePieceApprovalTask, options: AskOptions): Promise<ApprovalResult> {
    requireObject('options', '{ min, max, timeoutMs }', options)
    if (this.#node === undefined || this.#state !== 'started') throw new NotRunningError('ask', this.#state)
    if (task !== undefined && task !== null) checkTaskFields(task)
    return await this.#node.asker.ask(task, withOwnSignal(options))
  }

  handleQueryBootstrap(): string[] {
    const peerId = this.#node?.peerId
    const own = peerId === undefined ? [] : ownAddresses(this.#node).map(address => formatBootstrap(peerId, address))
    return [...new Set([...this.#parts.bootstrap, ...own.filter(entry => entry !== undefined)])]
  }

  queryTasks(subKey: string): TaskRecord[] {
    return this.#parts.queue.query(subKey).map(session => session.record())
  }

  tasks({ subKey = '', state, since = 0 }: Parameters<SpApproval['tasks']>[0] = {}): TaskRecord[] {
    return [...this.#parts.history.query(subKey), ...this.queryTasks(subKey)]
      .filter(record => state === undefined || record.state === state)
      .filter(record => (record.finishedAt ?? Number.POSITIVE_INFINITY) >= since)
  }

  cancelTask(key: TaskKey): void {
    this.#running('cancel').asker.cancel(key)
  }

  createTask(
    objectInfo: NewObject,
    storageParams?: Partial<StorageParams>,
    options?: NewTaskOptions
  ): ReplicatePieceApprovalTask {
    return newTask(this.operatorAddress, objectInfo, storageParams, options)
  }

  async verifyApproval(
    task: ReplicatePieceApprovalTask,
    options: { readonly role: VerifyRole }
  ): Promise<ApprovalVerdict> {
    requireObject('options', '{ role }', options)
    return await verifyApproval(task, options.role, this.#parts)
  }

  grants(filter: Parameters<SpApproval['grants']>[0] = {}): Promise<readonly Grant[]> {
    return this.#parts.ledger.list(filter)
  }

  async consume(grant: GrantRef): Promise<Grant> {
    return await this.#parts.ledger.consume(keyOf(grant))
  }

  async releaseGrant(grant: GrantRef): Promise<Grant> {
    return await this.#parts.ledger.release(keyOf(grant))
  }

  /** 0.0.1 has no message for it: the approver frees the capacity when the height has passed. */
  async releaseApproval(_key: TaskKey, _sp: SpAddress): Promise<boolean> {
    return false
  }

  peers(filter: Parameters<SpApproval['peers']>[0] = {}): ReturnType<SpApproval['peers']> {
    return this.#parts.book.list(filter)
  }

  peer(peerId: string): ReturnType<SpApproval['peer']> {
    const record = knownPeer(this.#parts, peerId)
    return { ...record, ...(this.#node && { dial: this.#node.keeper.dialStatus(record.peerId) }) }
  }

  async addPeer(entry: string): ReturnType<SpApproval['addPeer']> {
    return await addPeer(this.#parts, this.#running('add a peer'), entry)
  }

  removePeer(peerId: string): Promise<void> {
    return removePeer(this.#parts, this.#node, peerId)
  }

  async pingPeer(peerId: string, options: { readonly signal?: AbortSignal } = {}): Promise<number> {
    return await pingPeer(this.#parts, this.#running('ping'), peerId, withOwnSignal(options).signal)
  }

  blockPeer(peerId: string): Promise<void> {
    return blockPeer(this.#parts, this.#node, peerId)
  }

  unblockPeer(peerId: string): Promise<void> {
    return unblockPeer(this.#parts, peerId)
  }

  sps(): readonly SpOverview[] {
    return spOverviews(this.#parts)
  }

  diagnose(options: DiagnoseOptions = {}): ReturnType<SpApproval['diagnose']> {
    return diagnose({ parts: this.#parts, node: this.#node, state: this.#state }, withOwnSignal(options))
  }

  explainPolicy(task: ReplicatePieceApprovalTask, asker: SpAddress): ReturnType<SpApproval['explainPolicy']> {
    if (this.#node === undefined) return Promise.reject(new NotRunningError('policy explain', this.#state))
    return this.#node.approver.explain(task, requireSpAddress('asker', asker))
  }

  describePolicy(): ReturnType<SpApproval['describePolicy']> {
    return this.#parts.policy.describe()
  }

  resources(): ReturnType<SpApproval['resources']> {
    return this.#parts.resources.scopes()
  }

  overview(): NodeOverview {
    return nodeOverview(this.#parts, this.#node, this.#state)
  }

  async waitForSps(min: number, options: { readonly signal?: AbortSignal } = {}): Promise<number> {
    if (!Number.isSafeInteger(min) || min < 0) throw new InvalidArgumentError('min', 'a whole number of SPs', min)
    if (this.#watch === undefined) throw new NotRunningError('wait', this.#state)
    return await this.#watch.until(min, withOwnSignal(options).signal)
  }

  confirmList(): void {
    const { chain } = this.#parts
    if (chain.confirmList === undefined) throw new NotOfferedError('confirm list', CHAIN_WITH_GUARD)
    chain.confirmList()
  }

  resetHeight(): void {
    const { chain } = this.#parts
    if (chain.resetHeight === undefined) throw new NotOfferedError('reset height', CHAIN_WITH_GUARD)
    chain.resetHeight()
  }

  async reload(): Promise<void> {
    this.#parts.policy.reload?.()
    await this.#parts.chain.refresh?.({ asIs: true })
  }

  acceptLoss(): Promise<void> {
    return this.#parts.store.acceptLoss()
  }

  async #open(): Promise<void> {
    await openParts(this.#parts)
    const host = await this.#door.open()
    this.#parts.identity.peerId = host.peerId.toString() as PeerIdString
    this.#parts.book.meetSelf()
    this.#node = new RunningNode(this.#parts, host, this.#emit)
    this.#watch = nodeWatch(this.#parts, this.#node, this.#emit)
    await this.#node.start()
    await this.#watch.start()
  }

  async #close(): Promise<void> {
    try {
      const running = { parts: this.#parts, node: this.#node, watch: this.#watch, door: this.#door }
      await closeAll(running, this.#drainMs)
    } finally {
      this.#node = undefined
      this.#watch = undefined
    }
  }

  protected override listenerFailed(type: string, error: unknown): void {
    this.#parts.sideFaults.note('listener', `a listener of ${type}`, error)
  }

  #running(what: string): RunningNode {
    if (this.#node === undefined) throw new NotRunningError(what, this.#state)
    return this.#node
  }

  /** One start or stop at a time; nothing to do where the goal is reached. */
  #turn(goal: 'started' | 'stopped', turn: () => Promise<void>): Promise<void> {
    return this.#turns.run(() => (this.#state === goal ? undefined : turn()))
  }
}

/** @throws InvalidArgumentError */
function keyOf(grant: GrantRef): string {
  const key: unknown = typeof grant === 'object' && grant !== null ? grant.key : grant
  if (typeof key === 'string') return key
  throw new InvalidArgumentError('grant', "a grant or its key, 'ASKER/OBJECTID'", grant)
}
