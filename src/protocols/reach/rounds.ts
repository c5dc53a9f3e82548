import type { PeerIdString, SpAddress } from '../../domain/brands.js'
import { type DialFacts, type DialPlan, dialPlan, needsCheck, type Sought } from '../../domain/dial-plan.js'
import { guestTier } from '../../domain/guest.js'
import { inService } from '../../domain/registry.js'
import type { PeerRecord } from '../../peers/index.js'
import type { DialSchedule } from './dial-schedule.js'
import type { Dialler } from './dialler.js'
import type { KeeperInit } from './index.js'
import { listed } from './list-changes.js'
import { PartitionDetector } from './partition-detector.js'

/** Share of the host's connections that are opened from here; the rest is for those that come in. */
const SHARE = 0.7
/** Share of them above which none is opened, whoever holds them. */
const FULL = 0.9
/** Both sides may dial each other in the same moment; a node that dialled us is checked by a dial of ours after that, ms. */
const CHECK_AFTER_MS = 3_000

/** A node of the book that may be dialled one day, with what the plan needs. */
interface DialCandidate extends DialFacts {
  readonly record: PeerRecord
}

export interface RoundsInit extends KeeperInit {
  readonly dialler: Dialler
  readonly schedule: DialSchedule
}

/** Round after round, begins the dials that are planned and, while many SPs are out of reach, probes. Monotonic ms. */
export class Rounds {
  readonly #init: RoundsInit
  #partition = new PartitionDetector()
  #sought: readonly Sought[] = []

  constructor(init: RoundsInit) {
    this.#init = init
  }

  start(): void {
    this.#partition = new PartitionDetector()
  }

  /** A node of this SP is connected (again): with it, others may have come back. */
  answered(sp: SpAddress, now: number): void {
    const released = this.#partition.answered(sp, now)
    if (released !== undefined) this.#init.schedule.release(released.from, released.to)
  }

  /** @returns when the next round is due, unless a dial ends before */
  next(records: readonly PeerRecord[], now: number): number {
    const { dialler } = this.#init
    this.#refreshSought(records, now)
    const candidates = this.#candidates(records, now)
    const byId = new Map(candidates.map(candidate => [candidate.peerId, candidate]))
    const { dials, leftOut } = this.#planOf(candidates, now)
    for (const { peerId, reason } of dials) {
      if (dialler.roomFor(reason, now) <= 0) break
      const record = byId.get(peerId)?.record
      if (record !== undefined) void dialler.dial(record, reason)
    }
    const resting = leftOut.filter(({ reason }) => reason === 'backing-off')
    this.#probe(
      resting.flatMap(({ peerId }) => byId.get(peerId) ?? []),
      now
    )
    const ahead = [dialler.nextChangeAt(now), this.#partition.nextProbeAt(now), ...candidates.map(({ dueAt }) => dueAt)]
    return ahead.reduce((next, at) => (at > now && at < next ? at : next), Number.POSITIVE_INFINITY)
  }

  /** What would be dialled now, and why not the others. */
  plan(records: readonly PeerRecord[], now: number): DialPlan {
    return this.#planOf(this.#candidates(records, now), now)
  }

  #candidates(records: readonly PeerRecord[], now: number): readonly DialCandidate[] {
    return records.map(record => this.#candidate(record, now))
  }

  #candidate(record: PeerRecord, now: number): DialCandidate {
    const { host, dialler, schedule } = this.#init
    const { peerId, connected, addresses, source } = record
    const isOpen = connected && (record.sp === undefined || needsCheck(record))
    const checkAt = isOpen ? (schedule.connectedAt(peerId) ?? 0) + CHECK_AFTER_MS : 0
    // With a DHT libp2p looks for the addresses of a node whose peer id is all that is known; a check is of an address
    // that the node told.
    const canLookUp = host.discovery !== undefined && !connected
    return {
      peerId,
      sp: record.sp,
      standing: record.standing,
      proven: record.proven,
      tied: record.tied,
      connected,
      failures: record.failures,
      lastSuccess: record.lastSuccess,
      dialable: !record.blocked && (addresses.length > 0 || canLookUp),
      dialling: dialler.phase(peerId, now),
      dueAt: Math.max(schedule.dueAt(peerId), checkAt),
      configured: source === 'bootstrap' || source === 'operator',
      hintedSp: record.hintedSp,
      record
    }
  }

  #planOf(candidates: readonly DialCandidate[], now: number): DialPlan {
    const { limits, self } = this.#init
    return dialPlan(candidates, {
      self,
      sought: this.#sought,
      targetPerSp: limits.targetPerSp,
      zombieAfter: limits.zombieAfterFailures,
      room: this.#connectionsLeft(),
      now
    })
  }

  /** Connections that peers without a tie opened take no room of those that we open. */
  #connectionsLeft(): number {
    const { host, directory } = this.#init
    const all = host.connections()
    const untied = all.filter(({ direction, remotePeer }) => {
      if (direction !== 'inbound') return false
      return guestTier(directory.get(remotePeer.toString() as PeerIdString), false) !== 'tied'
    })
    const most = host.maxConnections ?? Number.POSITIVE_INFINITY
    return Math.min(Math.floor(most * SHARE) - all.length + untied.length, Math.floor(most * FULL) - all.length)
  }

  /** While no list is trusted, the SPs of the last one are sought. */
  #refreshSought(records: readonly PeerRecord[], now: number): void {
    const { registry, self, trust } = this.#init
    this.#sought =
      listed(registry)
        ?.filter(entry => inService(entry) && entry.operatorAddress !== self.sp)
        .map(({ operatorAddress: sp }) => ({ sp, closed: trust.listing(sp) === 'closed' })) ?? this.#sought
    const reached = new Set(records.filter(({ connected }) => connected).map(({ sp }) => sp))
    this.#partition.update(
      this.#sought.map(({ sp }) => ({ sp, reached: reached.has(sp) })),
      now
    )
  }

  /** Dials a node of the SP whose turn it is, whatever its back-off says. */
  #probe(resting: readonly DialCandidate[], now: number): void {
    const { dialler } = this.#init
    if (dialler.room(now) <= 0) return
    const sp = this.#partition.probe(now)
    if (sp === undefined) return
    const [next] = resting.filter(node => node.sp === sp).sort((a, b) => a.dueAt - b.dueAt)
    if (next !== undefined) void dialler.dial(next.record, 'partition-probe')
  }
}
