import { grantKey } from '../domain/grant.js'
import type { ReplicatePieceApprovalTask } from '../domain/task.js'
import { requireSpAddress } from './address.js'

/**
 * Key of the grant that answers a task, `ASKER/OBJECTID`, whatever the spelling of the asker's address.
 * @throws InvalidArgumentError for an asker that is no address
 */
export const grantKeyOf = (task: Pick<ReplicatePieceApprovalTask, 'askSpOperatorAddress' | 'objectInfo'>): string =>
  grantKey(requireSpAddress('task.askSpOperatorAddress', task.askSpOperatorAddress), task.objectInfo?.id || '0')
