import type { SpAddress } from '../../domain/brands.js'
import { dialPlan, type Sought } from '../../domain/dial-plan.js'
import { inService } from '../../domain/registry.js'
import type { PeerRecord } from '../../peers/index.js'
import { type DialCandidate, dialCandidates } from './candidates.js'
import { DialBackChecks } from './dial-back-checks.js'
import type { Dialler } from './dialler.js'
import type { KeeperInit } from './index.js'
import { listed } from './list-changes.js'
import { PartitionDetector } from './partition-detector.js'
import type { Schedule } from './schedule.js'
import { SparePace } from './spare-pace.js'
import type { Surplus } from './surplus.js'

/** Dials under way at once that prove a node which is connected already. */
const PROVING = 4
/** What can wait is looked at again after so long. */
const SPARE_LOOK_MS = 100
/** A network that is forming, or was apart, is whole by then; who is still missing has gone. */
const FORMING_MS = 60_000
/** Share of the host's connections that are opened from here; the rest is for who comes in. */
const SHARE = 0.7

export interface RoundsInit extends KeeperInit {
  readonly dialler: Dialler
  readonly schedule: Schedule
  readonly surplus: Surplus
  /** Called when a dial has ended: there may be more to do. */
  readonly onEnd: () => void
}

/**
 * Round after round, begins the dials that are due: nodes of SPs that are missing, then siblings; probes while many SPs are
 * out of reach; and proofs of who only dialled us. Monotonic ms throughout.
 */
export class Rounds {
  readonly #init: RoundsInit
  readonly #random: () => number
  readonly #checks: DialBackChecks
  readonly #spares = new SparePace()
  #partition = new PartitionDetector()
  #sought: readonly Sought[] = []
  #running = false
  /** An SP without a node has one to dial. */
  #covering = false
  /** Siblings, or proofs of them, wait. */
  #waiting = false
  /** Since when some SP is out of reach. */
  #missingSince: number | undefined
  #bias = 0

  constructor(init: RoundsInit) {
    this.#init = init
    this.#random = init.random ?? Math.random
    this.#checks = new DialBackChecks(this.#random)
  }

  start(): void {
    this.#running = true
    this.#bias = this.#random()
    this.#partition = new PartitionDetector()
  }

  stop(): void {
    this.#running = false
    this.#checks.clear()
  }

  /** A node of this SP is connected (again): with it, others may have come back. */
  answered(sp: SpAddress, now: number): void {
    const released = this.#partition.answered(sp, now)
    if (released !== undefined) this.#init.schedule.release(released.from, released.to)
  }

  /** @returns when the next round is due */
  next(records: readonly PeerRecord[], now: number): number {
    const { self, host, dialler, schedule } = this.#init
    this.#refreshSought(records, now)
    const facts = dialCandidates(records, {
      sought: this.#sought,
      self: self.peerId,
      // With a DHT libp2p looks for the addresses of a node whose peer id is all that is known.
      canLookUp: host.discovery !== undefined,
      bias: this.#bias,
      dialler,
      schedule,
      now
    })
    // Between dials too, siblings wait for a machine that keeps up.
    const isForming = this.#missingSince !== undefined && now - this.#missingSince < FORMING_MS
    dialler.watch(isForming || this.#waiting)
    this.#waiting = false
    const dialAt = this.#dialPlanned(facts, now)
    const probeAt = this.#probe(facts, now)
    const proveAt = this.#prove(records, now)
    const dueAt = facts.reduce((next, { connected, dialable, dueAt }) => {
      return !connected && dialable && dueAt > now && dueAt < next ? dueAt : next
    }, Number.POSITIVE_INFINITY)
    return Math.min(dialAt, probeAt, proveAt, dueAt, dialler.nextSilentAt(now))
  }

  /** Dials a node, whatever the plan says. */
  async dial(record: PeerRecord): Promise<void> {
    const { directory, clock, dialler, schedule, onEnd } = this.#init
    const { peerId, failures } = record
    const suspect = failures > 0 || schedule.hasFailed(peerId)
    const result = await dialler.dial(record, { suspect, anew: false })
    if (!this.#running) return
    if (result.outcome === 'failed' || result.outcome === 'gave-way') {
      schedule.failed(peerId, failures, clock.monotonic())
    }
    if (result.outcome === 'failed') directory.contacted(peerId, { ok: false, error: result.error, kind: result.kind })
    onEnd()
  }

  /** While no list is trusted, the SPs of the last one are sought. */
  #refreshSought(records: readonly PeerRecord[], now: number): void {
    const { registry, self, trust } = this.#init
    this.#sought =
      listed(registry)
        ?.filter(entry => inService(entry) && entry.operatorAddress !== self.sp)
        .map(({ operatorAddress: sp }) => ({ sp, closed: trust.listing(sp) === 'closed' })) ?? this.#sought
    const reached = new Set(records.filter(({ connected }) => connected).map(({ sp }) => sp))
    if (this.#sought.every(({ sp }) => reached.has(sp))) this.#missingSince = undefined
    else this.#missingSince ??= now
    this.#partition.update(
      this.#sought.map(({ sp }) => ({ sp, reached: reached.has(sp) })),
      now
    )
  }

  /** @returns when the rest of the plan is to be looked at */
  #dialPlanned(facts: readonly DialCandidate[], now: number): number {
    const { host, limits, dialler, self } = this.#init
    const most = Math.floor((host.maxConnections ?? Number.POSITIVE_INFINITY) * SHARE)
    const { cover, spare } = dialPlan(facts, {
      self,
      sought: this.#sought,
      targetPerSp: limits.targetPerSp,
      zombieAfter: limits.zombieAfterFailures,
      room: most - host.connections().length,
      now
    })
    const records = new Map(facts.map(({ record }) => [record.peerId, record]))
    this.#covering = cover.length > 0
    const plan = [...cover, ...spare.slice(0, this.#roomForSpares(now, this.#covering))]
    let started = 0
    for (const peerId of plan) {
      const record = records.get(peerId)
      if (record === undefined) continue
      if (dialler.room(now, cover.length) <= 0) break
      void this.dial(record)
      started++
      if (started > cover.length) this.#spares.took(now)
    }
    const waiting = cover.length + spare.length - started
    if (waiting === 0) return Number.POSITIVE_INFINITY
    this.#waiting = true
    if (started < cover.length) dialler.press(waiting, now)
    return dialler.nextRoomAt(now) + (started < cover.length ? 0 : SPARE_LOOK_MS)
  }

  #roomForSpares(now: number, covering: boolean): number {
    const need = covering ? 'dial' : this.#missingSince !== undefined ? 'missing' : 'none'
    const { dialler } = this.#init
    return this.#spares.room(now, { lateMs: dialler.lateMs(now), calmMs: dialler.calmMs(now) }, need)
  }

  /** @returns when the next probe is due */
  #probe(facts: readonly DialCandidate[], now: number): number {
    const { dialler } = this.#init
    if (this.#partition.nextProbeAt(now) > now) return this.#partition.nextProbeAt(now)
    if (dialler.room(now) <= 0) return dialler.nextRoomAt(now)
    const sp = this.#partition.probe(now)
    if (sp !== undefined) {
      const [next] = facts
        .filter(node => node.sp === sp && !node.connected && node.dialable)
        .sort((a, b) => a.dueAt - b.dueAt)
      if (next !== undefined) void this.dial(next.record)
    }
    return this.#partition.nextProbeAt(now)
  }

  /** @returns when there is more to prove */
  #prove(records: readonly PeerRecord[], now: number): number {
    const { dialler, schedule } = this.#init
    const { needed, others, nextAt } = this.#checks.wanted(records, {
      now,
      connectedAt: peerId => schedule.connectedAt(peerId)
    })
    const idle = ({ peerId }: PeerRecord): boolean => !dialler.isDialling(peerId)
    const [first, further] = [needed.filter(idle), others.filter(idle)]
    const covering = this.#covering || needed.length > 0
    const due = [...first, ...further.slice(0, this.#roomForSpares(now, covering))]
    let started = 0
    for (const record of due) {
      if (dialler.room(now) <= 0 || dialler.proving >= PROVING) break
      void this.#proveOne(record)
      if (++started > first.length) this.#spares.took(now)
    }
    if (started < due.length) return dialler.nextRoomAt(now)
    if (due.length === first.length + further.length) return nextAt
    this.#waiting = true
    return Math.min(nextAt, now + SPARE_LOOK_MS)
  }

  async #proveOne(record: PeerRecord): Promise<void> {
    const { clock, host, dialler, surplus, onEnd } = this.#init
    const result = await dialler.dial(record, { suspect: false, anew: true })
    if (!this.#running) return
    if (result.outcome === 'ok' && host.connections(result.connection.remotePeer).length > 1) {
      surplus.proved(result.connection)
    }
    if (result.outcome === 'ok' || result.outcome === 'failed') {
      this.#checks.tried(record, result.outcome === 'ok', clock.monotonic())
    }
    onEnd()
  }
}
