import type { PeerIdString } from '../../domain/brands.js'
import type { DialFacts, Sought } from '../../domain/dial-plan.js'
import type { PeerRecord } from '../../peers/index.js'
import type { Dialler } from './dialler.js'
import type { Schedule } from './schedule.js'

/** A node of the book that may be dialled one day, with what the plan needs. */
export interface DialCandidate extends DialFacts {
  readonly record: PeerRecord
}

export interface CandidatesInit {
  readonly sought: readonly Sought[]
  readonly self: PeerIdString
  /** Whether a node without an address can be dialled. */
  readonly canLookUp: boolean
  /** All hosts of a network have the same list: each begins elsewhere, or all would dial the same few nodes. In [0, 1). */
  readonly bias: number
  readonly dialler: Dialler
  readonly schedule: Schedule
  /** Monotonic ms. */
  readonly now: number
}

/** Nodes of SPs that are sought and let in who is named, and nodes of no known SP. */
export function dialCandidates(records: readonly PeerRecord[], init: CandidatesInit): readonly DialCandidate[] {
  const { sought, self, canLookUp, bias, dialler, schedule, now } = init
  const closed = new Map(sought.map(one => [one.sp, one.closed]))
  const found: DialCandidate[] = []
  const from = Math.floor(bias * records.length)
  for (let index = 0; index < records.length; index++) {
    const record = records[(from + index) % records.length]
    if (record === undefined || record.peerId === self) continue
    const { peerId, sp, tied, source } = record
    const isClosed = sp === undefined ? false : closed.get(sp)
    if (isClosed === undefined || (isClosed && !tied)) continue
    const isWay = record.addresses.length > 0 || canLookUp
    found.push({
      peerId,
      sp,
      standing: record.standing,
      proven: record.proven,
      tied,
      connected: record.connected,
      failures: record.failures,
      lastSuccess: record.lastSuccess,
      dialable: isWay && !record.blocked && !dialler.isDialling(peerId),
      promising: dialler.isPromising(peerId, now),
      dueAt: schedule.dueAt(peerId),
      configured: source === 'bootstrap' || source === 'operator',
      hintedSp: record.hintedSp,
      record
    })
  }
  return found
}
