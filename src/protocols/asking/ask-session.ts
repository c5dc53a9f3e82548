import type { AskOptions } from '../../contract.js'
import type { AnswerRejection, Approval } from '../../domain/answer.js'
import type { WireVersion } from '../../domain/ask-identity.js'
import type { PeerIdString, SpAddress, TaskKey } from '../../domain/brands.js'
import { type Collected, type Counted, Quorum, type Verdict } from '../../domain/quorum.js'
import type { Denial } from '../../domain/refusal.js'
import type { ReplicatePieceApprovalTask } from '../../domain/task.js'
import { messageOf, SpApprovalError } from '../../errors.js'
import { sharedAbort } from '../../kit/abort.js'
import type { Clock, Timer } from '../../kit/clock.js'
import type { AskReport, TaskRecord, TaskState } from '../../task-record.js'
import { type AskPlan, AskSends } from './ask-sends.js'
import type { AskWires } from './ask-wires.js'
import type { Owed } from './stragglers.js'

/** How an ask ended. A fault of our own (no signer, store or chain) is neither a success nor too few approvals. */
export type Ending = { readonly kind: Verdict } | { readonly kind: 'failed'; readonly error: SpApprovalError }

/** A fault that is none of our errors, e.g. what a caller's callback threw, keeps its cause. */
const asOurs = (cause: unknown, key: TaskKey): SpApprovalError =>
  cause instanceof SpApprovalError
    ? cause
    : new SpApprovalError({ code: 'ERR_INTERNAL', message: `ask failed: ${key}`, httpStatus: 500, cause })

/** Approvals and refusals are counted by the session, which knows the deadline. */
export type SessionQuorum = Pick<Quorum, 'hasApproved' | 'outcome' | 'reject' | 'repeated' | 'waiting' | 'wasSentTo'>

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

  readonly #init: SessionInit
  readonly #abort = sharedAbort()
  readonly #startedAt: number
  readonly #start: number
  readonly #timer: Timer
  readonly #onAbort = (): void => this.cancel()
  /** From the moment the ask goes out. */
  #wires: AskWires | undefined
  #quorum: Quorum | undefined
  #sends: AskSends | undefined
  #asked = 0
  #ending: Ending | undefined
  #finishedAt: number | undefined
  #elapsedMs: number | undefined
  #resolve: (ending: Ending) => void = () => undefined

  constructor(init: SessionInit) {
    const { key, task, options, clock } = init
    this.#init = init
    this.key = key
    this.task = task
    this.options = options
    this.#startedAt = clock.now()
    this.#start = clock.monotonic()
    this.ended = new Promise(resolve => {
      this.#resolve = resolve
    })
    this.#timer = clock.setTimeout(() => this.#atDeadline(), options.timeoutMs)
    if (options.signal?.aborted === true) this.cancel()
    else options.signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** Aborts when the ask is over. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get over(): boolean {
    return this.#ending !== undefined
  }

  /** Milliseconds since the call. */
  get elapsedMs(): number {
    return this.#elapsedMs ?? this.#init.clock.monotonic() - this.#start
  }

  /** The ask is signed and goes out. Failures are the node's, never the ask's. */
  send(wires: AskWires, plan: AskPlan): void {
    if (this.over) return
    const { targets } = plan
    const { min, max, timeoutMs } = this.options
    this.#wires = wires
    this.#asked = targets.length
    const contacts = targets.flatMap(({ nodes, probe }) => (probe === undefined ? nodes : [...nodes, probe]))
    const quorum = new Quorum(min, max, contacts)
    this.#quorum = quorum
    this.#sends = new AskSends({
      min,
      max,
      timeoutMs,
      clock: this.#init.clock,
      wires,
      onSent: peerId => quorum.sent(peerId),
      onFailed: (peerId, error) => {
        quorum.fail(peerId, messageOf(error))
        this.#judge()
      },
      ...plan
    })
    this.#sends.start()
    this.#judge()
  }

  /** Which nodes were asked and which SPs have answered; `undefined` before the ask goes out. */
  get quorum(): SessionQuorum | undefined {
    return this.#quorum
  }

  /** What the node owes us, or owed until now; `undefined` when this ask did not go to it. */
  owedBy(peerId: PeerIdString): Owed | undefined {
    const terms = this.#sends?.terms(peerId)
    return terms === undefined ? undefined : { key: this.key, ...terms }
  }

  approve(approval: Approval): Counted {
    return this.#count(approval.sp, approval.peerId, quorum => {
      const counted = quorum.approve(approval)
      if (counted === 'first') this.#progress(quorum.approved)
      return counted
    })
  }

  refuse(sp: SpAddress, peerId: PeerIdString, refusal: Pick<Denial, 'code' | 'reason'>): Counted {
    return this.#count(sp, peerId, quorum => quorum.refuse(sp, peerId, refusal))
  }

  cancel(): void {
    this.#quorum?.cancel()
    this.#end({ kind: 'cancelled' })
  }

  fail(cause: unknown): void {
    this.#end({ kind: 'failed', error: asOurs(cause, this.key) })
  }

  /** The task as the SP approved it on that wire. */
  signedTask(wire: WireVersion): ReplicatePieceApprovalTask {
    return this.#wires?.task(wire) ?? this.task
  }

  report(): AskReport {
    const { min, max } = this.options
    return {
      key: this.key,
      min,
      max,
      asked: this.#asked,
      elapsedMs: this.elapsedMs,
      ...(this.#quorum?.collected() ?? NOTHING)
    }
  }

  record(): TaskRecord {
    const { min, max } = this.options
    return {
      key: this.key,
      state: this.#state(),
      task: this.#wires?.task() ?? this.task,
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

  #count(sp: SpAddress, peerId: PeerIdString, count: (quorum: Quorum) => Counted): Counted {
    // A busy event loop runs the timer late; the deadline does not move with it.
    if (this.elapsedMs >= this.options.timeoutMs) this.#atDeadline()
    if (this.over || this.#quorum === undefined) return 'late'
    const counted = count(this.#quorum)
    if (counted === 'first') this.#sends?.answered(sp, peerId)
    this.#judge()
    return counted
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
      const why = this.#init.stillCounts(sp)
      if (why !== undefined) quorum.revoke(sp, why)
    }
  }

  #end(ending: Ending): void {
    if (this.#ending !== undefined) return
    this.#elapsedMs = this.elapsedMs
    this.#finishedAt = this.#init.clock.now()
    this.#ending = ending
    this.#init.clock.clearTimeout(this.#timer)
    this.options.signal?.removeEventListener('abort', this.#onAbort)
    this.#sends?.stop()
    this.#abort.abort()
    this.#resolve(ending)
  }
}
