import type { HeightSource, SpRegistry } from '../../chain/index.js'
import type { AskOptions } from '../../contract.js'
import type { AnswerRejection, LifeBounds } from '../../domain/answer.js'
import type { Height, PeerIdString, SpAddress, TaskKey } from '../../domain/brands.js'
import type { AskOutcome } from '../../domain/fairness.js'
import type { Contact } from '../../domain/quorum.js'
import { inService } from '../../domain/registry.js'
import type { ReplicatePieceApprovalTask } from '../../domain/task.js'
import { taskKey } from '../../domain/task-key.js'
import { AskCancelledError, NotFoundError, NotRunningError } from '../../errors.js'
import type { SpApprovalEvents } from '../../events.js'
import type { Signer, Verifier } from '../../identity/index.js'
import type { Clock } from '../../kit/clock.js'
import type { Logger } from '../../logger.js'
import type { Metrics } from '../../metrics.js'
import type { PeerDirectory } from '../../peers/index.js'
import type { TaskQueue } from '../../queue/index.js'
import { HIGH_PRIORITY, MEDIUM_PRIORITY, type ResourceScope, type TaskPriority } from '../../resources/index.js'
import { type ApprovalResult, InsufficientApprovalError, type TaskRecord } from '../../task-record.js'
import type { Trust } from '../../trust/index.js'
import type { AnswerHandler, InboundTask, PreparedAsk, Wire } from '../v0-port.js'
import { checkAnswer } from './answer-check.js'
import { checkCall, prepareAsk } from './ask-request.js'
import { AskSession, type Ending } from './ask-session.js'
import type { Nonces } from './nonces.js'
import { Roster } from './roster.js'

/** What one running ask may hold: its task, its answers and their bookkeeping. */
const ASK_MEMORY_BYTES = 256 * 1024

export interface AskerInit {
  readonly self: { readonly sp: SpAddress; readonly peerId: PeerIdString }
  readonly wire: Wire
  readonly signer: Signer
  readonly verifier: Verifier
  readonly registry: SpRegistry
  readonly heights: HeightSource
  readonly directory: PeerDirectory
  readonly fairness: { asked(outcome: AskOutcome): void }
  /** A sibling of a node that has not answered is asked after so long, ms. */
  readonly hedgeAfterMs: number
  /** Failures in a row that make a zombie. */
  readonly zombieAfter: number
  /** The node brought a good approval: it is no stranger. */
  readonly promote?: (peer: PeerIdString, sp: SpAddress) => void
  readonly nonces: Nonces
  readonly queue: TaskQueue<AskSession>
  readonly history: { add(record: TaskRecord): void }
  readonly resources: ResourceScope
  readonly life: LifeBounds
  readonly trust: Trust
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly emit: <K extends keyof SpApprovalEvents>(type: K, detail: SpApprovalEvents[K]['detail']) => void
}

/** Asks other SPs: one session per task, answers found by task key. */
export class Asker {
  readonly #init: AskerInit
  readonly #roster: Roster
  #stopped = false

  constructor(init: AskerInit) {
    this.#init = init
    this.#roster = new Roster(init)
  }

  /** `P2P.handleReplicatePieceApproval`. The deadline counts from this call. */
  async ask(task: ReplicatePieceApprovalTask, options: AskOptions): Promise<ApprovalResult> {
    const { queue, resources, clock, metrics } = this.#init
    if (this.#stopped) throw new NotRunningError('ask', 'stopping')
    checkCall(task, options)
    const key = taskKey(task.objectInfo)
    if (options.signal?.aborted === true) throw new AskCancelledError(key, { cause: options.signal.reason })
    const span = resources.reserve({
      memory: ASK_MEMORY_BYTES,
      tasks: { priority: priorityOf(task.task?.taskPriority ?? 0), count: 1 }
    })
    try {
      const session = new AskSession({ key, task, options, clock, stillCounts: sp => this.#whyNotListed(sp) })
      try {
        queue.push(session)
      } catch (error) {
        session.cancel()
        throw error
      }
      metrics.queueSize.set(queue.size)
      this.#init.emit('task:state', { key, state: 'asking' })
      this.#send(session).catch((error: unknown) => session.fail(error))
      return this.#finish(session, await session.ended)
    } finally {
      span.release()
    }
  }

  /** An answer came in over a wire. Remote input: nothing here throws for what is in it. */
  readonly answered: AnswerHandler = (answer: InboundTask) => {
    const { queue, metrics } = this.#init
    const key = taskKey(answer.task.objectInfo)
    const session = queue.get(key)
    if (session?.ask === undefined || session.over) {
      metrics.approvalsReceived.inc({ result: 'late' })
      this.#roster.answeredLate(answer.from, key)
      return 'done'
    }
    try {
      return this.#judge(session, session.ask, answer)
    } catch (error) {
      session.fail(error)
      return 'done'
    }
  }

  /** @throws NotFoundError */
  cancel(key: TaskKey): void {
    const session = this.#init.queue.get(key)
    if (session === undefined) throw new NotFoundError('running task', key)
    session.cancel()
  }

  /** No new asks; those running may finish until the signal aborts, then they are cancelled. */
  async stop({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    this.#stopped = true
    const running = [...this.#init.queue]
    const cancel = (): void => {
      for (const session of running) session.cancel()
    }
    if (signal.aborted) cancel()
    else signal.addEventListener('abort', cancel, { once: true })
    await Promise.all(running.map(session => session.ended))
    signal.removeEventListener('abort', cancel)
  }

  async #send(session: AskSession): Promise<void> {
    const { registry, heights, directory, nonces, signer, self } = this.#init
    registry.list()
    heights.height()
    const createTime = await nonces.stamp(session.task.objectInfo?.id ?? '')
    if (session.over) return
    const ask = await prepareAsk(session.task, self.sp, createTime, signer)
    if (session.over) return
    const { targets, rules } = this.#roster.next(directory.candidates().filter(node => this.#mayAnswer(node)))
    session.send(ask, targets, rules)
    this.#init.emit('ask:sent', { key: session.key, asked: targets.length })
  }

  /** A node whose answer could not count would only hold room for us. */
  #mayAnswer({ peerId, sp }: Contact): boolean {
    const { trust } = this.#init
    return sp === undefined ? trust.unknownMaySpeak : trust.of(sp, peerId).maySpeak
  }

  /**
   * A false signature over the right task and height is a fault of who brought it: it has cost a verification.
   * @throws ChainUnavailableError when the list is past its age
   */
  #judge(session: AskSession, ask: PreparedAsk, answer: InboundTask): 'done' | 'fault' {
    const { trust, verifier, life, self } = this.#init
    const verdict = checkAnswer(answer.task, answer.from, {
      self: self.sp,
      ask,
      trust,
      height: this.#height(),
      life,
      verifier,
      counted: sp => session.hasCounted(sp)
    })
    if (verdict.outcome === 'rejected') this.#rejected(session, answer.from, verdict.sp, verdict.why)
    else if (verdict.outcome === 'duplicate') this.#repeated(session, answer.from, verdict.sp)
    else this.#approved(session, answer, verdict.sp, verdict.expiredHeight)
    return verdict.outcome === 'rejected' && verdict.why === 'signature' ? 'fault' : 'done'
  }

  #approved(session: AskSession, answer: InboundTask, sp: SpAddress, expiredHeight: Height): void {
    const approval = {
      sp,
      peerId: answer.from,
      expiredHeight,
      signature: answer.task.approvedSignature,
      protocol: this.#init.wire.version,
      elapsedMs: session.elapsedMs
    }
    this.#roster.answered(session, answer.from)
    this.#init.directory.contacted(answer.from, { ok: true })
    this.#init.promote?.(answer.from, sp)
    const asked = session.wasSentTo(answer.from)
    const counted = session.approve(approval)
    this.#init.metrics.approvalsReceived.inc({ result: counted === 'first' ? 'approved' : counted })
    if (counted !== 'first') return
    // Brought by a node that we did not ask, it may have been picked up anywhere.
    if (asked) this.#init.directory.proved(answer.from, sp)
    this.#init.emit('approval:received', { key: session.key, approval })
  }

  #repeated(session: AskSession, from: PeerIdString, sp: SpAddress): void {
    this.#init.metrics.approvalsReceived.inc({ result: 'duplicate' })
    if (!session.wasSentTo(from)) return
    this.#roster.answered(session, from)
    session.repeated(sp, from)
  }

  #rejected(session: AskSession, from: PeerIdString, sp: SpAddress | undefined, why: AnswerRejection): void {
    this.#init.metrics.approvalsReceived.inc({ result: why })
    this.#init.logger.debug({ key: session.key, from, sp, why }, 'answer does not count')
    if (sp === undefined) return
    session.reject(sp, why, from)
    this.#init.emit('approval:rejected', { key: session.key, sp, why })
  }

  #finish(session: AskSession, ending: Ending): ApprovalResult {
    const { queue, metrics, history, logger, fairness } = this.#init
    const { key } = session
    const report = session.report()
    queue.remove(key)
    history.add(session.record())
    this.#roster.ended(session)
    const outcome = session.outcome()
    if (outcome !== undefined) fairness.asked(outcome)
    metrics.queueSize.set(queue.size)
    metrics.asks.inc({ result: ending.kind })
    metrics.askDuration.observe(report.elapsedMs / 1000)
    for (const kind of ['approvals', 'refusals', 'rejected', 'silent', 'failed'] as const) {
      metrics.askAnswers.inc({ kind }, report[kind].length)
    }
    this.#init.emit('task:state', { key, state: ending.kind })
    this.#init.emit('ask:done', { key, outcome: ending.kind })
    logger.info({ key, outcome: ending.kind, approvals: report.approvals.length, ms: report.elapsedMs }, 'ask ended')
    switch (ending.kind) {
      case 'approved':
        return {
          report,
          approvals: report.approvals,
          tasks: report.approvals.map(approval => this.#task(session, approval))
        }
      case 'insufficient':
        throw new InsufficientApprovalError(report)
      case 'cancelled':
        throw new AskCancelledError(key, { cause: session.options.signal?.reason })
      case 'failed':
        throw ending.error
    }
  }

  /** Our own task plus the approver's fields; endpoint and approval address from our registry, never from the wire. */
  #task(
    session: AskSession,
    approval: { sp: SpAddress; signature: Uint8Array; expiredHeight: Height }
  ): ReplicatePieceApprovalTask {
    const entry = this.#init.registry.get(approval.sp)
    return {
      ...(session.ask?.task ?? session.task),
      approvedSpEndpoint: entry?.endpoint ?? '',
      approvedSpOperatorAddress: approval.sp,
      approvedSignature: approval.signature,
      approvedSpApprovalAddress: entry?.approvalAddress ?? '',
      expiredHeight: approval.expiredHeight
    }
  }

  #whyNotListed(sp: SpAddress): AnswerRejection | undefined {
    const entry = this.#init.registry.get(sp)
    if (entry === undefined) return 'not-listed'
    return inService(entry) ? undefined : 'not-in-service'
  }

  #height(): Height | undefined {
    try {
      return this.#init.heights.height()
    } catch {
      return undefined
    }
  }
}

const priorityOf = (priority: number): TaskPriority =>
  priority >= HIGH_PRIORITY ? 'high' : priority >= MEDIUM_PRIORITY ? 'medium' : 'low'
