import { hash } from 'node:crypto'
import { parseSpAddress } from '../../codec/address.js'
import { taskDigests } from '../../codec/digest.js'
import { decodeTask } from '../../codec/task-codec.js'
import { ANSWER_PROTOCOL, STREAM_DEADLINE_MS } from '../../constants.js'
import type { ReplicatePieceApprovalTask } from '../../domain/task.js'
import { messageOf } from '../../errors.js'
import type { Verifier } from '../../identity/index.js'
import { signedBy } from '../../identity/verifier.js'
import { withDeadline } from '../../kit/clock.js'
import { componentLogger } from '../../logger.js'
import type { Handled, Inbound } from '../door/inbox.js'
import type { InboundAsk } from '../wire.js'
import { ANSWER_EXTRA_BYTES, AnswerMaker, MAX_ASK_BYTES } from './answer.js'
import type { WireParts } from './index.js'

/** Other SPs' asks on 0.0.1: decoded, handed to the approver, answered where it grants. */
export class InboundAsks {
  readonly #init: WireParts
  readonly #answers: AnswerMaker

  constructor(init: WireParts) {
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
    const asker = parseSpAddress(task.askSpOperatorAddress)
    if (asker !== undefined) strangers.promote(inbound.from, asker)
    await this.#send(inbound, answer)
    return 'done'
  }

  async #send({ from, connection, signal }: Inbound, answer: Uint8Array): Promise<void> {
    const { sender, clock, logger } = this.#init
    try {
      // The wait for its turn included: a peer that reads nothing must not keep our places for messages in work.
      await withDeadline(clock, STREAM_DEADLINE_MS, signal, bound =>
        sender.send(from, ANSWER_PROTOCOL, answer, { signal: bound, via: connection, repeat: true })
      )
    } catch (error) {
      logger.warn({ from, error: messageOf(error) }, 'approval not delivered')
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

/** A 0.0.1 ask as the approver sees it. `task` is what `bytes` decode to. */
export function inboundAsk(
  { from, addressBlock, bytes, arrivedAt }: Pick<Inbound, 'from' | 'addressBlock' | 'bytes' | 'arrivedAt'>,
  task: ReplicatePieceApprovalTask,
  verifier: Verifier,
  answers: AnswerMaker
): InboundAsk {
  const size = bytes.length
  return {
    wire: '0.0.1',
    from,
    addressBlock,
    arrivedAt,
    task,
    fingerprint: hash('sha256', bytes),
    recordSize: size + ANSWER_EXTRA_BYTES,
    unanswerable: size > MAX_ASK_BYTES ? `expected at most ${MAX_ASK_BYTES} bytes, got ${size}` : undefined,
    verify: asker => {
      const digests = taskDigests(task, 0n)
      // The first one is the long spelling: that one names the ask.
      const [digest] = digests
      const good = digest !== undefined && signedBy(verifier, digests, task.askSignature, asker)
      return good ? Buffer.from(digest).toString('hex') : undefined
    },
    answer: (until, { signal }) => answers.sign(task, until, signal)
  }
}
