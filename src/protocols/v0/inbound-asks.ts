import { parseSpAddress } from '../../codec/address.js'
import { decodeTask } from '../../codec/task-codec.js'
import { ANSWER_PROTOCOL, STREAM_DEADLINE_MS } from '../../constants.js'
import type { SpAddress } from '../../domain/brands.js'
import type { ReplicatePieceApprovalTask } from '../../domain/task.js'
import { messageOf } from '../../errors.js'
import type { Signer, Verifier } from '../../identity/index.js'
import { type Clock, deadlineSignal } from '../../kit/clock.js'
import { componentLogger, type Logger } from '../../logger.js'
import type { Metrics } from '../../metrics.js'
import type { Handled, Inbound } from '../door/inbox.js'
import type { Strangers } from '../door/strangers.js'
import type { AskHandler } from '../wire.js'
import { AnswerMaker } from './answer.js'
import { inboundAsk } from './inbound-ask.js'
import type { Sender } from './sender.js'

export interface InboundAsksInit {
  readonly self: { readonly sp: SpAddress }
  readonly signer: Signer
  readonly verifier: Verifier
  readonly strangers: Pick<Strangers, 'promote'>
  readonly asks: { readonly handle: AskHandler }
  readonly sender: Pick<Sender, 'send'>
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
}

/** Other SPs' asks on 0.0.1: decoded, handed to the approver, answered where it grants. */
export class InboundAsks {
  readonly #init: InboundAsksInit
  readonly #answers: AnswerMaker

  constructor(init: InboundAsksInit) {
    this.#init = { ...init, logger: componentLogger(init.logger, 'protocols/v0/inbound-asks') }
    this.#answers = new AnswerMaker(init.self.sp, init.signer)
  }

  async onAsk(inbound: Inbound): Promise<Handled> {
    const { asks, metrics, strangers, verifier } = this.#init
    const task = this.#decode(inbound)
    if (task === undefined) {
      metrics.requestsReceived.inc({ result: 'malformed' })
      return 'fault'
    }
    const ask = inboundAsk(inbound, task, verifier, this.#answers)
    const answer = this.#answers.answerTo(ask, await asks.handle(ask))
    if (answer === undefined) return 'done'
    // Answered, so its signature was good and its SP is listed.
    strangers.promote(inbound.from, parseSpAddress(task.askSpOperatorAddress))
    await this.#send(inbound, answer)
    return 'done'
  }

  async #send({ from, connection, signal }: Inbound, answer: Uint8Array): Promise<void> {
    const { sender, clock, logger } = this.#init
    // Its turn included: a peer that reads nothing must not keep our places for messages in work.
    const deadline = deadlineSignal(clock, STREAM_DEADLINE_MS, signal)
    try {
      await sender.send(from, ANSWER_PROTOCOL, answer, { signal: deadline.signal, via: connection, repeat: true })
    } catch (error) {
      logger.warn({ from, error: messageOf(error) }, 'approval not delivered')
    } finally {
      deadline.clear()
    }
  }

  #decode({ bytes, from }: Inbound): ReplicatePieceApprovalTask | undefined {
    try {
      return decodeTask(bytes)
    } catch (error) {
      this.#init.logger.debug({ from, error: messageOf(error) }, 'ask refused')
      return undefined
    }
  }
}
