import { taskDigests } from '../../codec/digest.js'
import { decodeTask, encodeTask } from '../../codec/task-codec.js'
import { MAX_TASK_BYTES } from '../../constants.js'
import type { Height, SpAddress } from '../../domain/brands.js'
import type { Grant } from '../../domain/grant.js'
import type { ReplicatePieceApprovalTask } from '../../domain/task.js'
import { SignError } from '../../errors.js'
import type { Signer } from '../../identity/index.js'
import type { InboundAsk, Verdict } from '../wire.js'

/** What the approver adds to an ask: address, signature, height and their tags. */
export const ANSWER_EXTRA_BYTES = 44 + 67 + 11
/** The answer is the ask and a little more, and must keep within the wire's cap too. */
export const MAX_ASK_BYTES = MAX_TASK_BYTES - ANSWER_EXTRA_BYTES

const UNSIGNED = new Uint8Array(0)

/** Makes 0.0.1 answers: the ask with fields 7, 8 and 10 set. */
export class AnswerMaker {
  readonly #self: SpAddress
  readonly #signer: Signer

  constructor(self: SpAddress, signer: Signer) {
    this.#self = self
    this.#signer = signer
  }

  /** @throws SignError; the signal's reason once it aborts */
  async sign(ask: ReplicatePieceApprovalTask, until: Height, signal: AbortSignal): Promise<Uint8Array> {
    signal.throwIfAborted()
    const unsigned = this.#unsigned(ask, until)
    const [digest] = taskDigests(unsigned, until)
    if (digest === undefined) throw new SignError('the task has no sign bytes')
    const approvedSignature = await this.#signer.sign(digest, { type: 'task', message: unsigned }, { signal })
    const bytes = encodeTask({ ...unsigned, approvedSignature })
    if (bytes.length > MAX_TASK_BYTES) throw new SignError(`answer: ${bytes.length} bytes, ${MAX_TASK_BYTES} allowed`)
    return bytes
  }

  /** What is sent for a verdict. Nothing for a denial, which 0.0.1 cannot express. */
  answerTo(ask: InboundAsk, verdict: Verdict): Uint8Array | undefined {
    if (!('grant' in verdict)) return undefined
    const { grant } = verdict
    return grant.fingerprint === ask.fingerprint ? grant.answer : this.#repeat(ask.task, grant)
  }

  /**
   * The promise of a grant for an ask of the same digest. The bytes differ from the first ones only where this ask
   * differs in fields that no signature covers: altering those on the way cannot spoil the asker's own answer.
   */
  #repeat(ask: ReplicatePieceApprovalTask, grant: Grant): Uint8Array {
    const { approvedSignature } = decodeTask(grant.answer)
    return encodeTask({ ...this.#unsigned(ask, grant.expiredHeight), approvedSignature })
  }

  #unsigned(ask: ReplicatePieceApprovalTask, until: Height): ReplicatePieceApprovalTask {
    return { ...ask, approvedSpOperatorAddress: this.#self, approvedSignature: UNSIGNED, expiredHeight: until }
  }
}
