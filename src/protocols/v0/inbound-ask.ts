import { hash } from 'node:crypto'
import { taskDigests } from '../../codec/digest.js'
import type { ReplicatePieceApprovalTask } from '../../domain/task.js'
import type { Verifier } from '../../identity/index.js'
import { signedBy } from '../../identity/verifier.js'
import type { Inbound } from '../door/inbox.js'
import type { InboundAsk } from '../wire.js'
import { ANSWER_EXTRA_BYTES, type AnswerMaker, MAX_ASK_BYTES } from './answer.js'

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
