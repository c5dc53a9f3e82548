import type { SpRegistryChange } from '../../chain/index.js'
import type { PeerIdString } from '../../domain/brands.js'
import { dialPlan, type Sought } from '../../domain/dial-plan.js'
import { inService } from '../../domain/registry.js'
import type { PeerRecord } from '../../peers/index.js'
import { Alarm } from './alarm.js'
import { Apart } from './apart.js'
import { type Candidate, candidates } from './candidates.js'
import { Connections } from './connections.js'
import { Dialler } from './dialler.js'
import type { KeeperInit } from './index.js'
import { ListChanges, listed, type NodeChanges } from './list-changes.js'
import { Proofs } from './proofs.js'
import { Schedule } from './schedule.js'
import { SparePace } from './spare-pace.js'
import { Surplus } from './surplus.js'

/** Everything that matters tells itself; this is for what does not. */
const TICK_MS = 5_000
/** Told hints come many at once. */
const HINTS_MS = 500
/** Dials under way at once that prove a node which is connected already. */
const PROVING = 4
/** Connected and counted as dead for so long: the connection is. */
const MUTE_MS = 30_000
/** What can wait is looked at again after so long. */
const SPARE_LOOK_MS = 100
/** Share of the host's connections that are opened from here; the rest is for who comes in. */
const SHARE = 0.7

/**
 * Keeps live connections to nodes of every SP that is sought, so that an ask finds them warm: dials what is missing, proves
 * who only dialled us, and hangs up on SPs that left the list or may no longer serve.
 *
 * ```
 *   list, book, hints, disconnects ─▶ turn: dialPlan ─▶ Dialler (budget, lanes) ─▶ host
 *                                       ▲ Schedule (back-off), Apart (scouts), Proofs          │
 *                                       └──────────────── Connections ◀── events ◀────────────┘
 * ```
 */
export class ConnectionKeeper {
  readonly #init: KeeperInit
  readonly #schedule: Schedule
  readonly #dialler: Dialler
  readonly #connections: Connections
  readonly #proofs: Proofs
  readonly #list = new ListChanges()
  readonly #spares = new SparePace()
  readonly #alarm: Alarm
  readonly #surplus: Surplus
  #apart = new Apart()
  #sought: readonly Sought[] = []
  #departures: NodeChanges[] = []
  #offChange: (() => void) | undefined
  #running = false
  /** An SP without a node has one to dial. */
  #covering = false
  #bias = 0

  constructor(init: KeeperInit) {
    this.#init = init
    const { host, clock, random = Math.random, limits } = init
    this.#schedule = new Schedule({ zombieAfter: limits.zombieAfterFailures, random })
    this.#dialler = new Dialler(init)
    this.#proofs = new Proofs(random)
    this.#surplus = new Surplus({
      self: init.self.peerId,
      connections: ({ remotePeer }) => host.connections(remotePeer),
      clock
    })
    this.#alarm = new Alarm(clock, () => this.#turn())
    this.#connections = new Connections({
      ...init,
      schedule: this.#schedule,
      onOpened: connection => this.#surplus.opened(connection),
      onPeer: (peerId, change) => this.#onPeer(peerId, change)
    })
  }

  start(): void {
    const { registry } = this.#init
    this.#running = true
    this.#bias = (this.#init.random ?? Math.random)()
    this.#apart = new Apart()
    this.#dialler.start()
    this.#list.take(listed(registry) ?? [])
    this.#offChange = registry.onChange(change => this.#onList(change))
    this.#connections.start()
    // Once the directory has taken the list over.
    this.#alarm.in(0)
  }

  async stop(): Promise<void> {
    this.#running = false
    this.#alarm.stop()
    this.#surplus.stop()
    this.#offChange?.()
    await this.#dialler.stop()
    this.#connections.stop()
    this.#schedule.clear()
    this.#proofs.clear()
    this.#init.bars.clear()
    this.#departures = []
  }

  /** Dials a node now, whatever its back-off says. */
  seek(peerId: PeerIdString): void {
    this.#schedule.due(peerId)
    if (!this.#running) return
    const record = this.#init.directory.get(peerId)
    // Whoever asks for it wants it dialled, also where no plan does.
    const idle = record !== undefined && !record.connected && !this.#dialler.isDialling(peerId)
    if (idle && !record.blocked) void this.#dial(record)
    this.#alarm.in(0)
  }

  /** Nodes were heard of. */
  look(): void {
    if (this.#running) this.#alarm.in(HINTS_MS)
  }

  /** Ends the connections to a node, and a dial of it. */
  hangUp(peerId: PeerIdString): void {
    this.#dialler.cancel(peerId)
    this.#connections.hangUp(peerId)
  }

  #onPeer(peerId: PeerIdString, change: 'connected' | 'disconnected'): void {
    const { directory, clock, onChange } = this.#init
    const sp = directory.get(peerId)?.sp
    if (change === 'connected' && sp !== undefined) {
      const released = this.#apart.answered(sp, clock.monotonic())
      if (released !== undefined) this.#schedule.release(released.from, released.to)
    }
    this.#alarm.in(0)
    onChange()
  }

  #onList(change: SpRegistryChange): void {
    const { bars, directory } = this.#init
    const changes = this.#list.change(change, () => directory.list())
    for (const entry of [...change.added, ...change.changed].filter(inService)) {
      const peerIds = entry.nodes.map(({ peerId }) => peerId)
      bars.back(entry.operatorAddress, peerIds)
    }
    for (const peerId of changes.news) this.#schedule.due(peerId)
    this.#departures.push(changes)
    // Once the directory knows the new list, which may tie a node to another SP.
    this.#alarm.in(0)
  }

  #turn(): void {
    const { registry, self, pins, directory, clock } = this.#init
    const now = clock.monotonic()
    this.#sought =
      listed(registry)
        ?.filter(entry => inService(entry) && entry.operatorAddress !== self.sp)
        .map(({ operatorAddress: sp, nodes }) => ({ sp, closed: nodes.length > 0 || pins?.has(sp) === true })) ??
      this.#sought
    this.#depart()
    const records = directory.list()
    const reached = new Set(records.filter(({ connected }) => connected).map(({ sp }) => sp))
    this.#apart.update(
      this.#sought.map(({ sp }) => ({ sp, reached: reached.has(sp) })),
      now
    )
    this.#mute(records, now)
    this.#connections.thin()
    const facts = candidates(records, {
      sought: this.#sought,
      self: self.peerId,
      // With a DHT libp2p looks for the addresses of a node whose peer id is all that is known.
      canLookUp: this.#init.host.discovery !== undefined,
      bias: this.#bias,
      dialler: this.#dialler,
      schedule: this.#schedule,
      now
    })
    const dialAt = this.#dialPlanned(facts, now)
    const scoutAt = this.#scout(facts, now)
    const proveAt = this.#prove(records, now)
    const dueAt = facts.reduce((next, { connected, dialable, dueAt }) => {
      return !connected && dialable && dueAt > now && dueAt < next ? dueAt : next
    }, Number.POSITIVE_INFINITY)
    const next = Math.min(now + TICK_MS, dialAt, scoutAt, proveAt, dueAt, this.#dialler.nextSilentAt(now))
    this.#alarm.in(Math.max(0, next - now))
  }

  /** @returns monotonic ms at which the rest of the plan is to be looked at */
  #dialPlanned(facts: readonly Candidate[], now: number): number {
    const { host, limits } = this.#init
    const most = Math.floor((host.maxConnections ?? Number.POSITIVE_INFINITY) * SHARE)
    const { cover, spare } = dialPlan(facts, {
      sought: this.#sought,
      targetPerSp: limits.targetPerSp,
      zombieAfter: limits.zombieAfterFailures,
      room: most - host.connections().length,
      now
    })
    const records = new Map(facts.map(({ record }) => [record.peerId, record]))
    const plan = [...cover, ...spare.slice(0, this.#spares.room(now, this.#dialler.lateMs(now), cover.length > 0))]
    this.#covering = cover.length > 0
    let started = 0
    for (const peerId of plan) {
      const record = records.get(peerId)
      if (record === undefined) continue
      if (this.#dialler.room(now) <= 0) break
      void this.#dial(record)
      started++
      if (started > cover.length) this.#spares.took(now)
    }
    const waiting = cover.length + spare.length - started
    if (waiting === 0) return Number.POSITIVE_INFINITY
    if (started < cover.length) this.#dialler.press(waiting, now)
    return this.#dialler.nextRoomAt(now) + (started < cover.length ? 0 : SPARE_LOOK_MS)
  }

  async #dial(record: PeerRecord): Promise<void> {
    const { directory, clock } = this.#init
    const { peerId, failures } = record
    const suspect = failures > 0 || this.#schedule.hasFailed(peerId)
    const result = await this.#dialler.dial(record, { suspect, anew: false })
    if (!this.#running) return
    if (result.outcome === 'failed' || result.outcome === 'gave-way') {
      this.#schedule.failed(peerId, failures, clock.monotonic())
    }
    if (result.outcome === 'failed') directory.contacted(peerId, { ok: false, error: result.error, kind: result.kind })
    this.#alarm.in(0)
  }

  #scout(facts: readonly Candidate[], now: number): number {
    if (this.#apart.nextScoutAt(now) > now) return this.#apart.nextScoutAt(now)
    if (this.#dialler.room(now) <= 0) return this.#dialler.nextRoomAt(now)
    const sp = this.#apart.scout(now)
    if (sp !== undefined) {
      const [next] = facts
        .filter(node => node.sp === sp && !node.connected && node.dialable)
        .sort((a, b) => a.dueAt - b.dueAt)
      if (next !== undefined) void this.#dial(next.record)
    }
    return this.#apart.nextScoutAt(now)
  }

  #prove(records: readonly PeerRecord[], now: number): number {
    const { needed, others, nextAt } = this.#proofs.wanted(records, {
      now,
      connectedAt: peerId => this.#schedule.connectedAt(peerId)
    })
    const idle = ({ peerId }: PeerRecord): boolean => !this.#dialler.isDialling(peerId)
    const [first, further] = [needed.filter(idle), others.filter(idle)]
    const covering = this.#covering || needed.length > 0
    const due = [...first, ...further.slice(0, this.#spares.room(now, this.#dialler.lateMs(now), covering))]
    let started = 0
    for (const record of due) {
      if (this.#dialler.room(now) <= 0 || this.#dialler.proving >= PROVING) break
      void this.#proveOne(record)
      if (++started > first.length) this.#spares.took(now)
    }
    if (started < due.length) return this.#dialler.nextRoomAt(now)
    return due.length < first.length + further.length ? Math.min(nextAt, now + SPARE_LOOK_MS) : nextAt
  }

  async #proveOne(record: PeerRecord): Promise<void> {
    const { clock, host } = this.#init
    const result = await this.#dialler.dial(record, { suspect: false, anew: true })
    if (!this.#running) return
    if (result.outcome === 'ok' && host.connections(result.connection.remotePeer).length > 1) {
      this.#surplus.proved(result.connection)
    }
    if (result.outcome === 'ok' || result.outcome === 'failed') {
      this.#proofs.tried(record, result.outcome === 'ok', clock.monotonic())
    }
    this.#alarm.in(0)
  }

  /** Hangs up on whom the list let go, unless it is named elsewhere. */
  #depart(): void {
    const { bars, directory } = this.#init
    for (const { left, suspended } of this.#departures.splice(0)) {
      for (const [peerId, sp] of left) {
        if (directory.get(peerId)?.tied === true && !bars.isBarred(peerId)) continue
        bars.left(peerId, sp)
        this.hangUp(peerId)
      }
      for (const peerId of suspended) if (bars.isBarred(peerId)) this.hangUp(peerId)
    }
  }

  /** A connection over which nothing comes any more looks open for a quarter of an hour. */
  #mute(records: readonly PeerRecord[], now: number): void {
    for (const { peerId, connected, state, lastSuccess = 0 } of records) {
      if (!connected || state !== 'zombie' || this.#init.clock.now() - lastSuccess < MUTE_MS) continue
      this.#schedule.mute(peerId, now)
      this.#connections.abort(peerId, 'it answers nothing')
    }
  }
}
