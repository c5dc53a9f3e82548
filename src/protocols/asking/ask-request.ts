import { ASK_RULES } from '../../constants.js'
import type { AskOptions } from '../../contract.js'
import { checkAskShape } from '../../domain/ask-check.js'
import type { SpAddress } from '../../domain/brands.js'
import type { ReplicatePieceApprovalTask } from '../../domain/task.js'
import { EMPTY_TASK, EMPTY_TASK_INFO } from '../../domain/task-defaults.js'
import { taskKey } from '../../domain/task-key.js'
import { BadTaskError, InvalidArgumentError, TaskMissingError } from '../../errors.js'
import type { Ask } from '../wire.js'

const MAX_TIMEOUT_MS = 3_600_000

/** Checks the call: 1 ≤ min ≤ max, a timeout, a task that can be asked for. @throws InvalidArgumentError, BadTaskError */
export function checkCall(task: ReplicatePieceApprovalTask | undefined, { min, max, timeoutMs }: AskOptions): void {
  if (task === undefined || task === null) throw new TaskMissingError()
  if (!Number.isSafeInteger(min) || min < 1) throw new InvalidArgumentError('min', 'a whole number ≥ 1', min)
  if (!Number.isSafeInteger(max) || max < min)
    throw new InvalidArgumentError('max', `a whole number ≥ min (${min})`, max)
  if (!Number.isFinite(timeoutMs) || timeoutMs <= 0 || timeoutMs > MAX_TIMEOUT_MS) {
    throw new InvalidArgumentError('timeoutMs', `more than 0 and at most ${MAX_TIMEOUT_MS} ms`, timeoutMs)
  }
  checkTask(task)
}

/**
 * Checks what every approver would refuse, most of them without a word.
 * @throws BadTaskError naming the field
 */
export function checkTask(task: ReplicatePieceApprovalTask): void {
  const { objectInfo, storageParams } = task
  const denial = checkAskShape({ ...EMPTY_TASK, objectInfo, storageParams }, ASK_RULES)
  if (denial !== undefined) throw new BadTaskError(denial.reason)
}

/** The ask as every wire gets it: our address and the create time over whatever stood there, no approver's fields. */
export function completeAsk(task: ReplicatePieceApprovalTask, asker: SpAddress, createTime: bigint): Ask {
  return {
    key: taskKey(task.objectInfo),
    task: {
      ...EMPTY_TASK,
      task: { ...(task.task ?? EMPTY_TASK_INFO), createTime },
      objectInfo: task.objectInfo,
      storageParams: task.storageParams,
      askSpOperatorAddress: asker
    }
  }
}
