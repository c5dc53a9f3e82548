import { parseSpAddress } from '../codec/address.js'
import { askDigest, taskDigests } from '../codec/digest.js'
import type { ApprovalVerdict, VerifyRole } from '../contract.js'
import type { SpAddress } from '../domain/brands.js'
import { inService } from '../domain/registry.js'
import type { ReplicatePieceApprovalTask } from '../domain/task.js'
import { InvalidArgumentError, SpApprovalError, TaskMissingError } from '../errors.js'
import { signedBy } from '../identity/verifier.js'
import type { Parts } from './parts.js'

type VerifyParts = Pick<Parts, 'operatorAddress' | 'entryOf' | 'chain' | 'verifier' | 'ledger'>

const no = (reason: string): ApprovalVerdict => ({ ok: false, reason })

/**
 * Whether an approval is good now. Both roles check signature, listing and height. A primary takes that of its own ask
 * only; a secondary takes its own only, and finds the live grant in its ledger.
 */
export async function verifyApproval(
  task: ReplicatePieceApprovalTask,
  role: VerifyRole,
  parts: VerifyParts
): Promise<ApprovalVerdict> {
  if (task === undefined || task === null) throw new TaskMissingError()
  if (role !== 'primary' && role !== 'secondary')
    throw new InvalidArgumentError('role', "'primary' or 'secondary'", role)
  const approver = parseSpAddress(task.approvedSpOperatorAddress)
  const asker = parseSpAddress(task.askSpOperatorAddress)
  if (task.objectInfo === undefined) return no('object_info: none')
  if (approver === undefined) return no('approved_sp_operator_address: not an address')
  if (asker === undefined) return no('ask_sp_operator_address: not an address')
  if (role === 'secondary' && approver !== parts.operatorAddress) return no('the approval is another SP’s')
  if (role === 'primary' && approver === parts.operatorAddress) return no('the approval is our own')
  // No signature of this wire covers the asker; but the approver keeps room for the SP that is named, and takes no other's.
  if (role === 'primary' && asker !== parts.operatorAddress) return no('the approval is another SP’s')
  const unlisted = notListed(approver, parts) ?? notListed(asker, parts)
  if (unlisted !== undefined) return no(unlisted)
  const passed = heightPassed(task.expiredHeight, parts)
  if (passed !== undefined) return no(passed)
  if (!signedBy(parts.verifier, taskDigests(task, task.expiredHeight), task.approvedSignature, approver)) {
    return no('approved_signature: not the approver’s over this task and height')
  }
  return role === 'primary' ? { ok: true } : await granted(task, asker, task.objectInfo.id || '0', parts)
}

function notListed(sp: SpAddress, { entryOf }: VerifyParts): string | undefined {
  const entry = entryOf(sp)
  if (entry === undefined) return `${sp} is not listed`
  return inService(entry) ? undefined : `${sp} is ${entry.status}`
}

function heightPassed(expired: bigint, { chain }: VerifyParts): string | undefined {
  try {
    const height = chain.heights.height()
    return height <= expired ? undefined : `expired at height ${expired}, it is ${height}`
  } catch (error) {
    if (error instanceof SpApprovalError) return error.message
    throw error
  }
}

async function granted(
  task: ReplicatePieceApprovalTask,
  asker: SpAddress,
  objectId: string,
  { ledger }: VerifyParts
): Promise<ApprovalVerdict> {
  const grant = await ledger.find(asker, objectId)
  if (grant === undefined) return no('no grant of ours for this asker and object')
  if (grant.state !== 'live') return no(`the grant is ${grant.state}`)
  if (grant.askDigest !== askDigest(task) || grant.expiredHeight !== task.expiredHeight) {
    return no('the grant is for another ask of the same object')
  }
  return { ok: true, grant }
}
