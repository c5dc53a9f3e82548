import { type DialFacts, needsCheck } from '../../domain/dial-plan.js'
import type { PeerRecord } from '../../peers/index.js'
import type { DialSchedule } from './dial-schedule.js'
import type { Dialler } from './dialler.js'

/** Both sides may dial each other in the same moment; a node that dialled us is checked by a dial of ours after that, ms. */
const CHECK_AFTER_MS = 3_000

/** A node of the book that may be dialled one day, with what the plan needs. */
export interface DialCandidate extends DialFacts {
  readonly record: PeerRecord
}

export interface CandidatesInit {
  /** Whether a node without an address can be dialled. */
  readonly canLookUp: boolean
  readonly dialler: Pick<Dialler, 'phase'>
  readonly schedule: Pick<DialSchedule, 'dueAt' | 'connectedAt'>
  /** Monotonic ms. */
  readonly now: number
}

export function dialCandidate(
  record: PeerRecord,
  { canLookUp, dialler, schedule, now }: CandidatesInit
): DialCandidate {
  const { peerId, connected, addresses, source } = record
  const isOpen = connected && (record.sp === undefined || needsCheck(record))
  const checkAt = isOpen ? (schedule.connectedAt(peerId) ?? 0) + CHECK_AFTER_MS : 0
  return {
    peerId,
    sp: record.sp,
    standing: record.standing,
    proven: record.proven,
    tied: record.tied,
    connected,
    failures: record.failures,
    lastSuccess: record.lastSuccess,
    // A check is of an address that the node told.
    dialable: !record.blocked && (addresses.length > 0 || (canLookUp && !connected)),
    dialling: dialler.phase(peerId, now),
    dueAt: Math.max(schedule.dueAt(peerId), checkAt),
    configured: source === 'bootstrap' || source === 'operator',
    hintedSp: record.hintedSp,
    record
  }
}
