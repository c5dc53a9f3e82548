import { taskDigests } from '../../codec/digest.js'
import { decodeTask, encodeTask } from '../../codec/task-codec.js'
import { MAX_TASK_BYTES } from '../../constants.js'
import type { Height, SpAddress } from '../../domain/brands.js'
import type { Grant } from '../../domain/grant.js'
import type { ReplicatePieceApprovalTask } from '../../domain/task.js'
import { SignError } from '../../errors.js'
import type { Signer, Verifier } from '../../identity/index.js'
import { signedBy } from '../../identity/verifier.js'
import type { Clock } from '../../kit/clock.js'
import { deadlineSignal } from '../../kit/clock.js'
import { unlessAborted } from './unless-aborted.js'

/** A remote signer answers in milliseconds; the asker waits for seconds. */
const SIGN_TIMEOUT_MS = 3_000
/** What the approver adds to an ask: address, signature, height and their tags. */
export const ANSWER_EXTRA_BYTES = 44 + 67 + 11

const NO_BYTES = new Uint8Array(0)

/** Makes 0.0.1 answers: the ask with fields 7, 8 and 10 set. */
export class AnswerMaker {
  readonly #self: SpAddress
  readonly #signer: Signer
  readonly #verifier: Verifier
  readonly #clock: Clock
  /** The signer has shown once that it signs as us; a wrong key at a remote signer shows itself at the first answer. */
  #proven = false

  constructor(self: SpAddress, signer: Signer, verifier: Verifier, clock: Clock) {
    this.#self = self
    this.#signer = signer
    this.#verifier = verifier
    this.#clock = clock
  }

  /** @throws SignError; the signal's reason once it aborts */
  async make(ask: ReplicatePieceApprovalTask, until: Height, signal: AbortSignal): Promise<Uint8Array> {
    signal.throwIfAborted()
    const unsigned = this.#unsigned(ask, until)
    const digests = taskDigests(unsigned, until)
    const [digest] = digests
    if (digest === undefined) throw new SignError('the task has no sign bytes')
    const signature = await this.#sign(digest, unsigned, signal)
    if (signature.length !== 65) throw new SignError(`signature: expected 65 bytes, got ${signature.length}`)
    if (!this.#proven) {
      if (!signedBy(this.#verifier, digests, signature, this.#self)) {
        throw new SignError(`signature: the signer does not sign as ${this.#self}`)
      }
      this.#proven = true
    }
    const bytes = encodeTask({ ...unsigned, approvedSignature: signature })
    if (bytes.length > MAX_TASK_BYTES) throw new SignError(`answer: ${bytes.length} bytes, ${MAX_TASK_BYTES} allowed`)
    return bytes
  }

  /**
   * The promise of a grant for an ask of the same digest. The bytes differ from the first ones only where this ask
   * differs in fields that no signature covers: whoever alters those on the way cannot spoil the asker's own answer.
   */
  repeat(ask: ReplicatePieceApprovalTask, grant: Grant): Uint8Array {
    const { approvedSignature } = decodeTask(grant.answer)
    return encodeTask({ ...this.#unsigned(ask, grant.expiredHeight), approvedSignature })
  }

  #unsigned(ask: ReplicatePieceApprovalTask, until: Height): ReplicatePieceApprovalTask {
    return { ...ask, approvedSpOperatorAddress: this.#self, approvedSignature: NO_BYTES, expiredHeight: until }
  }

  async #sign(digest: Uint8Array, message: ReplicatePieceApprovalTask, signal: AbortSignal): Promise<Uint8Array> {
    const signing = this.#signer.sign(digest, { type: 'task', message })
    if (signing instanceof Uint8Array) return signing
    const deadline = deadlineSignal(this.#clock, SIGN_TIMEOUT_MS, signal)
    try {
      return await unlessAborted(deadline.signal, () => signing)
    } catch (error) {
      signal.throwIfAborted()
      throw deadline.signal.aborted ? new SignError(`the signer: ${deadline.signal.reason}`) : error
    } finally {
      deadline.clear()
    }
  }
}
