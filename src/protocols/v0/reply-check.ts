import { isDeepStrictEqual } from 'node:util'
import { parseSpAddress } from '../../codec/address.js'
import { taskDigests } from '../../codec/digest.js'
import type { SpAddress } from '../../domain/brands.js'
import type { ReplicatePieceApprovalTask } from '../../domain/task.js'
import type { Verifier } from '../../identity/index.js'
import { signedBy } from '../../identity/verifier.js'

/** Heights whose digests are remembered: honest replies name few, and a hostile peer must not fill memory. */
const MAX_HEIGHTS = 32

/** Whether a 0.0.1 answer is about our ask, and whose signature it carries. */
export class ReplyCheck {
  readonly #task: ReplicatePieceApprovalTask
  /** The task as a peer decodes it from our message: what an answer echoes. */
  readonly #echo: ReplicatePieceApprovalTask
  readonly #verifier: Verifier
  readonly #digestsAt = new Map<bigint, readonly Uint8Array[]>()

  constructor(task: ReplicatePieceApprovalTask, echo: ReplicatePieceApprovalTask, verifier: Verifier) {
    this.#task = task
    this.#echo = echo
    this.#verifier = verifier
  }

  /**
   * The answer repeats our ask: what both signatures cover, and the fields around it that an approver must not change, but
   * for spelling (of our address, of id 0). Compared, not hashed: whoever answers chooses how much there is to hash.
   */
  isEcho(answer: ReplicatePieceApprovalTask): boolean {
    if (!sameTaskInfo(answer.task, this.#task.task)) return false
    if (Buffer.compare(answer.askSignature, this.#task.askSignature) !== 0) return false
    if (parseSpAddress(answer.askSpOperatorAddress) !== this.#task.askSpOperatorAddress) return false
    return isDeepStrictEqual(signedOf(answer), signedOf(this.#echo))
  }

  /** The SP signed our task with the height that the answer names. */
  isSignedBy({ expiredHeight, approvedSignature }: ReplicatePieceApprovalTask, sp: SpAddress): boolean {
    return signedBy(this.#verifier, this.#digests(expiredHeight), approvedSignature, sp)
  }

  #digests(expiredHeight: bigint): readonly Uint8Array[] {
    const digests = this.#digestsAt.get(expiredHeight) ?? taskDigests(this.#task, expiredHeight)
    if (this.#digestsAt.size < MAX_HEIGHTS) this.#digestsAt.set(expiredHeight, digests)
    return digests
  }
}

/** The sign bytes of two tasks are the same where these are. */
const signedOf = ({ objectInfo, storageParams }: ReplicatePieceApprovalTask): readonly unknown[] => [
  objectInfo && { ...objectInfo, id: objectInfo.id || '0' },
  storageParams
]

function sameTaskInfo(a: ReplicatePieceApprovalTask['task'], b: ReplicatePieceApprovalTask['task']): boolean {
  if (a === undefined || b === undefined) return a === b
  return (
    a.createTime === b.createTime &&
    a.userAddress === b.userAddress &&
    a.taskPriority === b.taskPriority &&
    a.timeout === b.timeout &&
    a.maxRetry === b.maxRetry
  )
}
