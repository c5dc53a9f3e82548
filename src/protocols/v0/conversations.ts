import { taskDigests } from '../../codec/digest.js'
import { decodeTask } from '../../codec/task-codec.js'
import type { PeerIdString, TaskKey } from '../../domain/brands.js'
import type { ReplicatePieceApprovalTask } from '../../domain/task.js'
import { taskKey } from '../../domain/task-key.js'
import { messageOf, SignError } from '../../errors.js'
import { componentLogger } from '../../logger.js'
import type { Handled, Inbound } from '../door/inbox.js'
import type { Ask, Conversation, ReplyListener } from '../wire.js'
import type { WireParts } from './index.js'
import { OutboundAsk, type OutboundAskInit } from './outbound-ask.js'

export type ConversationsInit = OutboundAskInit & Pick<WireParts, 'signer' | 'lateReplies' | 'logger' | 'metrics'>

/** Our asks on 0.0.1 while they run. An answer comes on a stream of its own and finds its ask by the task's key. */
export class Conversations {
  readonly #init: ConversationsInit
  readonly #running = new Map<TaskKey, OutboundAsk>()

  constructor(init: ConversationsInit) {
    this.#init = { ...init, logger: componentLogger(init.logger, 'protocols/v0/conversations') }
  }

  /** @throws BadTaskError, SignError; the signal's reason once it aborts */
  async open(ask: Ask, listener: ReplyListener, { signal }: { readonly signal: AbortSignal }): Promise<Conversation> {
    const { task } = ask
    const [digest] = taskDigests(task)
    if (digest === undefined) throw new SignError('the task has no sign bytes')
    const askSignature = await this.#init.signer.sign(digest, { type: 'task', message: task })
    signal.throwIfAborted()
    const conversation = new OutboundAsk({ ...task, askSignature }, listener, signal, this.#init)
    this.#running.set(ask.key, conversation)
    signal.addEventListener('abort', () => this.#running.delete(ask.key), { once: true })
    return conversation
  }

  /** An answer came in. */
  onAnswer({ bytes, from }: Inbound): Handled {
    const answer = this.#decode(bytes, from)
    if (answer !== undefined && answer.approvedSignature.length > 0) return this.receive(answer, from)
    this.#init.metrics.approvalsReceived.inc({ result: 'malformed' })
    return 'fault'
  }

  receive(answer: ReplicatePieceApprovalTask, from: PeerIdString): Handled {
    const key = taskKey(answer.objectInfo)
    const conversation = this.#running.get(key)
    if (conversation !== undefined) return conversation.receive(answer, from)
    this.#init.metrics.approvalsReceived.inc({ result: 'late' })
    this.#init.lateReplies.answeredLate(from, key)
    return 'done'
  }

  #decode(bytes: Uint8Array, from: PeerIdString): ReplicatePieceApprovalTask | undefined {
    try {
      return decodeTask(bytes)
    } catch (error) {
      this.#init.logger.debug({ from, error: messageOf(error) }, 'answer refused')
      return undefined
    }
  }
}
