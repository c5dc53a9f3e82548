import { isDeepStrictEqual } from 'node:util'
import { parseSpAddress } from '../../codec/address.js'
import { askDigest } from '../../codec/digest.js'
import { type AnswerRejection, heightInBounds, type LifeBounds } from '../../domain/answer.js'
import type { Height, PeerIdString, SpAddress } from '../../domain/brands.js'
import type { ReplicatePieceApprovalTask } from '../../domain/task.js'
import type { Verifier } from '../../identity/index.js'
import { signedBy } from '../../identity/verifier.js'
import type { Trust } from '../../trust/index.js'
import type { PreparedAsk } from '../v0-port.js'

/** What an answer is checked against. Time and height are facts of the moment, not looked up here. */
export interface AnswerContext {
  readonly self: SpAddress
  readonly ask: PreparedAsk
  readonly trust: Trust
  /** `undefined` while no height is trusted: then nothing counts. */
  readonly height: Height | undefined
  readonly life: LifeBounds
  readonly verifier: Verifier
  /** Answers of SPs that already counted cost no verification. */
  readonly counted: (sp: SpAddress) => boolean
}

export type AnswerVerdict =
  | { readonly outcome: 'approved'; readonly sp: SpAddress; readonly expiredHeight: Height }
  | { readonly outcome: 'duplicate'; readonly sp: SpAddress }
  | { readonly outcome: 'rejected'; readonly sp: SpAddress | undefined; readonly why: AnswerRejection }

/**
 * Whether an answer counts, cheapest check first: who says it is from whom, is that SP listed and its peer, is the
 * content ours, the height in bounds, and last the signature.
 */
export function checkAnswer(
  answer: ReplicatePieceApprovalTask,
  from: PeerIdString,
  context: AnswerContext
): AnswerVerdict {
  const sp = parseSpAddress(answer.approvedSpOperatorAddress)
  const rejected = (why: AnswerRejection): AnswerVerdict => ({ outcome: 'rejected', sp, why })
  if (sp === undefined) return rejected('not-listed')
  if (sp === context.self) return rejected('ourselves')
  const speaker = context.trust.of(sp, from)
  if (!speaker.maySpeak) return rejected(speaker.reason)
  if (context.counted(sp)) return { outcome: 'duplicate', sp }
  if (!sameAsk(answer, context.ask)) return rejected('content')
  if (context.height === undefined || !heightInBounds(answer.expiredHeight, context.height, context.life)) {
    return rejected('height')
  }
  const digests = context.ask.digestsAt(answer.expiredHeight)
  if (!signedBy(context.verifier, digests, answer.approvedSignature, sp)) return rejected('signature')
  return { outcome: 'approved', sp, expiredHeight: answer.expiredHeight as Height }
}

/**
 * The answer echoes our ask: what both signatures cover, and the fields around it that an approver has no business to
 * change. The result is rebuilt from our own task either way. An echo that is not the same to the letter (another
 * spelling of our address, an update time) is compared by digest.
 */
function sameAsk(answer: ReplicatePieceApprovalTask, { task, digest, echo }: PreparedAsk): boolean {
  if (!sameTaskInfo(answer.task, task.task)) return false
  if (Buffer.compare(answer.askSignature, task.askSignature) !== 0) return false
  if (parseSpAddress(answer.askSpOperatorAddress) !== task.askSpOperatorAddress) return false
  const same = isDeepStrictEqual([answer.objectInfo, answer.storageParams], [echo.objectInfo, echo.storageParams])
  return same || askDigest(answer) === digest
}

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
