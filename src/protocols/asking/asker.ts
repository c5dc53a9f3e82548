import type { SpRegistry } from '../../chain/index.js'
import type { AskOptions } from '../../contract.js'
import type { AnswerRejection, Approval } from '../../domain/answer.js'
import { checkDataChunks } from '../../domain/ask-check.js'
import type { SpAddress, TaskKey } from '../../domain/brands.js'
import type { AskOutcome } from '../../domain/fairness.js'
import { inService } from '../../domain/registry.js'
import type { ReplicatePieceApprovalTask } from '../../domain/task.js'
import { taskKey } from '../../domain/task-key.js'
import { AskCancelledError, BadTaskError, NotFoundError, NotRunningError } from '../../errors.js'
import type { Clock } from '../../kit/clock.js'
import { componentLogger } from '../../logger.js'
import type { TaskQueue } from '../../queue/index.js'
import { HIGH_PRIORITY, MEDIUM_PRIORITY, type ResourceScope, type TaskPriority } from '../../resources/index.js'
import { type ApprovalResult, InsufficientApprovalError, type TaskRecord } from '../../task-record.js'
import { unheard } from '../../trust/judge.js'
import { checkCall, completeAsk } from './ask-request.js'
import { AskSession, type Ending } from './ask-session.js'
import { AskWires, type Wires } from './ask-wires.js'
import type { Nonces } from './nonces.js'
import { Replies, type RepliesInit } from './replies.js'

/** What one running ask may hold: its task, its answers and their bookkeeping. */
const ASK_MEMORY_BYTES = 256 * 1024

export interface AskerInit extends RepliesInit {
  readonly wires: Wires
  readonly registry: SpRegistry
  readonly fairness: { asked(outcome: AskOutcome): void }
  readonly nonces: Nonces
  readonly queue: TaskQueue<AskSession>
  readonly history: { add(record: TaskRecord): void }
  readonly resources: ResourceScope
  readonly clock: Clock
}

/** Asks other SPs: one session per task, from the call to the result. */
export class Asker {
  readonly #init: AskerInit
  #stopped = false

  constructor(init: AskerInit) {
    this.#init = { ...init, logger: componentLogger(init.logger, 'protocols/asking/asker') }
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
    const { registry, heights, directory, roster, nonces, wires, self, emit } = this.#init
    registry.list()
    heights.height()
    this.#checkPrescribed(session.task)
    const createTime = await nonces.stamp(session.task.objectInfo?.id ?? '', {
      signal: session.signal,
      withinMs: session.options.timeoutMs - session.elapsedMs
    })
    if (session.over) return
    const plan = roster.plan(directory.candidates())
    const ask = completeAsk(session.task, self.sp, createTime)
    const conversations = new AskWires(wires, ask, new Replies(this.#init, session), session.signal)
    await conversations.open(plan.targets.flatMap(({ nodes }) => nodes[0]?.peerId ?? []))
    if (session.over) return
    session.send(conversations, plan)
    emit('ask:sent', { key: session.key, asked: plan.targets.length })
  }

  #finish(session: AskSession, ending: Ending): ApprovalResult {
    const { queue, metrics, history, logger, fairness, roster } = this.#init
    const { key } = session
    const report = session.report()
    queue.remove(key)
    history.add(session.record())
    roster.ended(session)
    const outcome = session.quorum?.outcome()
    if (outcome !== undefined) fairness.asked(outcome)
    metrics.queueSize.set(queue.size)
    metrics.asks.inc({ result: ending.kind })
    metrics.askDuration.observe(report.elapsedMs / 1000)
    for (const kind of ['approvals', 'refusals', 'rejected', 'silent', 'failed'] as const) {
      metrics.askAnswers.inc({ kind }, report[kind].length)
    }
    this.#init.emit('task:state', { key, state: ending.kind })
    this.#init.emit('ask:done', { key, outcome: ending.kind })
    logger.info(
      { key, outcome: ending.kind, approvals: report.approvals.length, ms: Math.round(report.elapsedMs) },
      'ask ended'
    )
    switch (ending.kind) {
      case 'approved':
        return {
          report,
          approvals: report.approvals,
          tasks: report.approvals.map(approval => this.#task(session, approval))
        }
      case 'insufficient':
        throw new InsufficientApprovalError(report, this.#whyUnheard())
      case 'cancelled':
        throw new AskCancelledError(key, { cause: session.options.signal?.reason })
      case 'failed':
        throw ending.error
    }
  }

  /** Our own task plus the approver's fields; endpoint and approval address from our registry, never from the wire. */
  #task(session: AskSession, approval: Approval): ReplicatePieceApprovalTask {
    const entry = this.#init.registry.get(approval.sp)
    return {
      ...session.signedTask(approval.protocol),
      approvedSpEndpoint: entry?.endpoint ?? '',
      approvedSpOperatorAddress: approval.sp,
      approvedSignature: approval.signature,
      approvedSpApprovalAddress: entry?.approvalAddress ?? '',
      expiredHeight: approval.expiredHeight
    }
  }

  /** @throws BadTaskError where the chain prescribes other chunks than the task has: every approver knows that too */
  #checkPrescribed(task: ReplicatePieceApprovalTask): void {
    const entry = this.#init.registry.get(this.#init.self.sp)
    const denial = entry && checkDataChunks(task, entry)
    if (denial !== undefined) throw new BadTaskError(denial.reason)
  }

  /** Why other SPs do not answer us, where our own list says so. */
  #whyUnheard(): string | undefined {
    const { self, registry } = this.#init
    try {
      return unheard(self.sp, self.peerId, registry.get(self.sp))
    } catch {
      return undefined // without a list nothing can be said
    }
  }

  #whyNotListed(sp: SpAddress): AnswerRejection | undefined {
    const entry = this.#init.registry.get(sp)
    if (entry === undefined) return 'not-listed'
    return inService(entry) ? undefined : 'not-in-service'
  }
}

const priorityOf = (priority: number): TaskPriority =>
  priority >= HIGH_PRIORITY ? 'high' : priority >= MEDIUM_PRIORITY ? 'medium' : 'low'
