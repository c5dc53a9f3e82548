import type { AskOptions } from '../../contract.js'
import type { AnswerRejection, Approval } from '../../domain/answer.js'
import type { PeerIdString, SpAddress, TaskKey } from '../../domain/brands.js'
import type { AskOutcome } from '../../domain/fairness.js'
import { type Collected, type Counted, Quorum, type Verdict } from '../../domain/quorum.js'
import type { Target } from '../../domain/selection.js'
import type { ReplicatePieceApprovalTask } from '../../domain/task.js'
import { messageOf, SpApprovalError } from '../../errors.js'
import { sharedAbort } from '../../kit/abort.js'
import type { Clock, Timer } from '../../kit/clock.js'
import type { AskReport, TaskRecord, TaskState } from '../../task-record.js'
import type { PreparedAsk } from '../v0-port.js'
import { AskSends, type AskSendsInit } from './ask-sends.js'
import type { Owed } from './stragglers.js'

/** How an ask ended. A fault of our own (no signer, store or chain) is neither a success nor too few approvals. */
export type Ending = { readonly kind: Verdict } | { readonly kind: 'failed'; readonly error: SpApprovalError }

/** How an ask reaches the nodes. */
export interface SendRules extends Pick<AskSendsInit, 'isStraggler' | 'hedgeAfterMs'> {
  /** Rejects when the ask cannot be handed to the node. */
  readonly send: (node: Target['nodes'][number], ask: PreparedAsk, signal: AbortSignal) => Promise<void>
}

/** A fault that is none of our errors, e.g. what a caller's callback threw, keeps its cause. */
const asOurs = (cause: unknown, key: TaskKey): SpApprovalError =>
  cause instanceof SpApprovalError
    ? cause
    : new SpApprovalError({ code: 'ERR_INTERNAL', message: `ask failed: ${key}`, httpStatus: 500, cause })

const NOTHING: Collected = { approvals: [], refusals: [], rejected: [], silent: [], failed: [], unknown: [] }

export interface SessionInit {
  readonly key: TaskKey
  readonly task: ReplicatePieceApprovalTask
  readonly options: AskOptions
  readonly clock: Clock
  /** Asked again when the result is built: an SP that left the list meanwhile does not count. */
  readonly stillCounts: (sp: SpAddress) => AnswerRejection | undefined
}

/**
 * One ask from call to end: its deadline, its sends, its quorum. Whatever ends it, `ended` resolves once, and timer,
 * listener and pending sends are gone.
 */
export class AskSession {
  readonly key: TaskKey
  readonly task: ReplicatePieceApprovalTask
  readonly options: AskOptions
  readonly ended: Promise<Ending>
  ask: PreparedAsk | undefined

  readonly #clock: Clock
  readonly #stillCounts: SessionInit['stillCounts']
  readonly #abort = sharedAbort()
  readonly #startedAt: number
  readonly #start: number
  readonly #timer: Timer
  readonly #onAbort = (): void => this.cancel()
  /** From the moment the ask goes out. */
  #quorum: Quorum | undefined
  #sends: AskSends | undefined
  #asked = 0
  #ending: Ending | undefined
  #finishedAt: number | undefined
  #elapsedMs: number | undefined
  #resolve: (ending: Ending) => void = () => undefined

  constructor({ key, task, options, clock, stillCounts }: SessionInit) {
    this.key = key
    this.task = task
    this.options = options
    this.#clock = clock
    this.#stillCounts = stillCounts
    this.#startedAt = clock.now()
    this.#start = clock.monotonic()
    this.ended = new Promise(resolve => {
      this.#resolve = resolve
    })
    this.#timer = clock.setTimeout(() => this.#atDeadline(), options.timeoutMs)
    if (options.signal?.aborted === true) this.cancel()
    else options.signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  get over(): boolean {
    return this.#ending !== undefined
  }

  /** Milliseconds since the call. */
  get elapsedMs(): number {
    return this.#elapsedMs ?? this.#clock.monotonic() - this.#start
  }

  /** The ask is ready and goes out. Failures are the node's, never the ask's. */
  send(ask: PreparedAsk, targets: readonly Target[], rules: SendRules): void {
    if (this.over) return
    this.ask = ask
    this.#asked = targets.length
    const contacts = targets.flatMap(({ nodes, probe }) => (probe === undefined ? nodes : [...nodes, probe]))
    const quorum = new Quorum(this.options.min, this.options.max, contacts)
    this.#quorum = quorum
    this.#sends = new AskSends({
      targets,
      max: this.options.max,
      isStraggler: rules.isStraggler,
      hedgeAfterMs: rules.hedgeAfterMs,
      timeoutMs: this.options.timeoutMs,
      clock: this.#clock,
      send: node => rules.send(node, ask, this.#abort.signal),
      onSent: peerId => quorum.sent(peerId),
      onFailed: (peerId, error) => {
        quorum.fail(peerId, messageOf(error))
        this.#judge()
      }
    })
    this.#sends.start()
    this.#judge()
  }

  /** Nodes that were asked and have not answered. */
  waiting(): PeerIdString[] {
    return this.#quorum?.waiting() ?? []
  }

  wasSentTo(peerId: PeerIdString): boolean {
    return this.#quorum?.wasSentTo(peerId) === true
  }

  /** What the node owes us, or owed until now; `undefined` when this ask did not go to it. */
  owedBy(peerId: PeerIdString): Owed | undefined {
    const terms = this.#sends?.terms(peerId)
    return terms === undefined ? undefined : { ...terms, key: this.key }
  }

  /** What the ask says about the SPs that it went to. */
  outcome(): AskOutcome | undefined {
    return this.#quorum?.outcome()
  }

  approve(approval: Approval): Counted {
    // A busy event loop runs the timer late; the deadline does not move with it.
    if (this.elapsedMs >= this.options.timeoutMs) this.#atDeadline()
    if (this.over || this.#quorum === undefined) return 'late'
    const counted = this.#quorum.approve(approval)
    if (counted === 'first') {
      this.#sends?.answered(approval.sp, approval.peerId)
      this.#progress(this.#quorum.approved)
    }
    this.#judge()
    return counted
  }

  /** Another node of an SP that has approved answered too: no fault, and nothing new. */
  repeated(sp: SpAddress, from: PeerIdString): void {
    this.#quorum?.repeated(sp, from)
  }

  reject(sp: SpAddress, why: AnswerRejection, from: PeerIdString): void {
    this.#quorum?.reject(sp, why, from)
  }

  hasCounted(sp: SpAddress): boolean {
    return this.#quorum?.hasApproved(sp) === true
  }

  cancel(): void {
    this.#quorum?.cancel()
    this.#end({ kind: 'cancelled' })
  }

  fail(cause: unknown): void {
    this.#end({ kind: 'failed', error: asOurs(cause, this.key) })
  }

  report(): AskReport {
    const { min, max } = this.options
    return {
      ...(this.#quorum?.collected() ?? NOTHING),
      key: this.key,
      min,
      max,
      asked: this.#asked,
      elapsedMs: this.elapsedMs
    }
  }

  record(): TaskRecord {
    const { min, max } = this.options
    return {
      key: this.key,
      state: this.#state(),
      task: this.ask?.task ?? this.task,
      min,
      max,
      startedAt: this.#startedAt,
      finishedAt: this.#finishedAt,
      asked: this.#asked,
      approved: this.#quorum?.approved ?? 0,
      report: this.over ? this.report() : undefined,
      error: this.#ending?.kind === 'failed' ? this.#ending.error : undefined
    }
  }

  #state(): TaskState {
    return this.#ending === undefined ? 'asking' : this.#ending.kind
  }

  /** A caller's callback that throws fails the caller's ask, nothing else. */
  #progress(approved: number): void {
    try {
      this.options.onProgress?.({ approved, asked: this.#asked })
    } catch (error) {
      this.fail(error)
    }
  }

  #atDeadline(): void {
    this.#quorum?.deadline()
    this.#judge()
    // Too few sent, or one who counted has left the list and can no longer be replaced.
    if (!this.over) this.#end({ kind: this.#quorum?.deadline() ?? 'insufficient' })
  }

  #judge(): void {
    if (this.over || this.#quorum?.verdict === undefined) return
    try {
      if (this.#quorum.verdict === 'approved') this.#dropDelisted(this.#quorum)
    } catch (error) {
      this.fail(error)
      return
    }
    const verdict = this.#quorum.verdict
    if (verdict !== undefined) this.#end({ kind: verdict })
  }

  #dropDelisted(quorum: Quorum): void {
    for (const { sp } of quorum.collected().approvals) {
      const why = this.#stillCounts(sp)
      if (why !== undefined) quorum.revoke(sp, why)
    }
  }

  #end(ending: Ending): void {
    if (this.#ending !== undefined) return
    this.#elapsedMs = this.elapsedMs
    this.#finishedAt = this.#clock.now()
    this.#ending = ending
    this.#clock.clearTimeout(this.#timer)
    this.options.signal?.removeEventListener('abort', this.#onAbort)
    this.#sends?.stop()
    this.#abort.abort()
    this.#resolve(ending)
  }
}
