import type { Connection } from '@libp2p/interface'
import { raceSignal } from 'race-signal'
import type { SpRegistryChange } from '../../chain/index.js'
import type { PeerIdString } from '../../domain/brands.js'
import type { DialStatus } from '../../domain/dial-reason.js'
import { carriesNothing } from '../../domain/silence.js'
import { UnreachableError } from '../../errors.js'
import { sleep } from '../../kit/clock.js'
import type { PeerNews, PeerRecord } from '../../peers/index.js'
import type { ConnectOptions } from '../wire.js'
import { Connections } from './connections.js'
import { Debounce } from './debounce.js'
import { Departures } from './departures.js'
import { DialSchedule } from './dial-schedule.js'
import { Dialler } from './dialler.js'
import { DuplicateConnections } from './duplicate-connections.js'
import type { KeeperInit } from './index.js'
import { Rounds } from './rounds.js'

/** Rounds are asked for by events; this is for changes that no event tells. */
const TICK_MS = 5_000
/** Hints come many at once. */
const HINTS_MS = 500
/** A connected zombie that has been silent for this long: the connection is of no use. */
const MUTE_MS = 30_000
/** Between two dials of a node that rests, for asks that cannot do without it. */
const LEAST_REST_MS = 2_000
/** A dial that an ask wants and there is no room for looks for room again. */
const ROOM_POLL_MS = 50

/**
 * Keeps live connections to nodes of every SP that is sought, so that an ask finds them warm: dials what is missing, checks
 * that nodes which dialled us answer a dial, and hangs up on SPs that left the list or may no longer serve.
 *
 * ```
 *   list ─▶ Departures ─▶ hang up
 *   list, book, hints, disconnects ─▶ Rounds: dialPlan ─▶ Dialler (budget) ─▶ host
 *   asks ─▶ connect() ────────────────────────────────────▶ │                   │
 *                                  DialSchedule (back-off) ◀┴── Connections ◀── events
 * ```
 */
export class ConnectionKeeper {
  readonly #init: KeeperInit
  readonly #schedule: DialSchedule
  readonly #dialler: Dialler
  readonly #connections: Connections
  readonly #departures: Departures
  readonly #rounds: Rounds
  readonly #debounce: Debounce
  readonly #duplicates: DuplicateConnections
  #offChange: (() => void) | undefined
  #offNews: (() => void) | undefined
  #running = false

  constructor(init: KeeperInit) {
    this.#init = init
    const { host, clock, random = Math.random, limits } = init
    this.#debounce = new Debounce(clock, () => this.#run())
    this.#schedule = new DialSchedule({ zombieAfter: limits.zombieAfterFailures, random })
    this.#dialler = new Dialler({ ...init, schedule: this.#schedule, onEnd: () => this.#debounce.in(0) })
    this.#rounds = new Rounds({ ...init, dialler: this.#dialler, schedule: this.#schedule })
    this.#departures = new Departures({ ...init, hangUp: peerId => this.hangUp(peerId) })
    this.#duplicates = new DuplicateConnections({
      self: init.self.peerId,
      connections: ({ remotePeer }) => host.connections(remotePeer),
      clock
    })
    this.#connections = new Connections({
      ...init,
      schedule: this.#schedule,
      onOpened: connection => this.#duplicates.opened(connection),
      onPeer: (peerId, change) => this.#onPeer(peerId, change)
    })
  }

  start(): void {
    this.#running = true
    this.#rounds.start()
    this.#dialler.start()
    this.#departures.start()
    this.#offChange = this.#init.registry.onChange(change => this.#onList(change))
    this.#offNews = this.#init.directory.onNews(news => this.#onNews(news))
    this.#connections.start()
    // Once the directory has taken the list over.
    this.#debounce.in(0)
  }

  async stop(): Promise<void> {
    this.#running = false
    this.#debounce.stop()
    this.#duplicates.stop()
    this.#offChange?.()
    this.#offNews?.()
    await this.#dialler.stop()
    this.#connections.stop()
    this.#schedule.clear()
    this.#departures.stop()
  }

  /**
   * An open connection to the node, dialled where there is none: within the same budget and back-off as all dials. A
   * node that rests is dialled all the same where `evenResting` says so and its last dial failed some seconds ago.
   * @throws UnreachableError, which says why where the node is not dialled now
   */
  async connect(peerId: PeerIdString, { signal, evenResting = false }: ConnectOptions): Promise<Connection> {
    const open = this.#connections.openTo(peerId)
    if (open !== undefined) return open
    if (!this.#running) throw new UnreachableError(`${peerId}: the node is stopping`)
    const { clock, directory } = this.#init
    const record = directory.get(peerId)
    if (record === undefined) throw new UnreachableError(`${peerId}: no address is known`)
    if (this.#dialler.dialling(peerId) === undefined) {
      const now = clock.monotonic()
      const restMs = this.#schedule.dueAt(peerId) - now
      const mayTry = evenResting && this.#schedule.sinceFailure(peerId, now) >= LEAST_REST_MS
      if (restMs > 0 && !mayTry) throw new UnreachableError(resting(record, restMs))
      while (this.#running && this.#dialler.room(clock.monotonic()) <= 0) await sleep(clock, ROOM_POLL_MS, signal)
    }
    const result = await raceSignal(this.#dialler.dial(record, 'ask'), signal)
    if (result.outcome === 'ok') return result.connection
    throw new UnreachableError(`${peerId}: ${result.outcome === 'failed' ? result.error : 'the dial was ended'}`)
  }

  /** Dials a node now, whatever its back-off says. */
  dialNow(peerId: PeerIdString): void {
    this.#schedule.due(peerId)
    if (!this.#running) return
    const record = this.#init.directory.get(peerId)
    // Dialled also where no plan wants it.
    if (record !== undefined && !record.connected && !record.blocked) void this.#dialler.dial(record, 'operator')
    this.#debounce.in(0)
  }

  /** What becomes of the node's next dial, and why. */
  dialStatus(peerId: PeerIdString): DialStatus {
    const dialledFor = this.#dialler.dialling(peerId)
    if (dialledFor !== undefined) return { state: 'dialling', reason: dialledFor }
    const now = this.#init.clock.monotonic()
    const { dials, leftOut } = this.#rounds.plan(this.#init.directory.list(), now)
    const planned = dials.find(dial => dial.peerId === peerId)
    if (planned !== undefined) return { state: 'planned', reason: planned.reason }
    const { reason = 'not-sought' } = leftOut.find(node => node.peerId === peerId) ?? {}
    const nextTryMs = Math.round(this.#schedule.dueAt(peerId) - now)
    return { state: 'not-planned', reason, ...(reason === 'backing-off' && { nextTryMs }) }
  }

  /** Ends the connections to a node, and a dial of it. */
  hangUp(peerId: PeerIdString): void {
    this.#dialler.cancel(peerId)
    this.#connections.hangUp(peerId)
  }

  #onPeer(peerId: PeerIdString, change: 'connected' | 'disconnected'): void {
    const { directory, clock } = this.#init
    const sp = directory.get(peerId)?.sp
    if (change === 'connected' && sp !== undefined) this.#rounds.answered(sp, clock.monotonic())
    this.#debounce.in(0)
  }

  #onNews(news: PeerNews): void {
    if (news.kind === 'hinted') for (const peerId of news.fresh) this.#dialler.hurry(peerId)
    this.#debounce.in(HINTS_MS)
  }

  #onList(change: SpRegistryChange): void {
    for (const peerId of this.#departures.note(change)) this.#schedule.due(peerId)
    // Once the directory knows the new list, which may tie a node to another SP.
    this.#debounce.in(0)
  }

  #run(): void {
    const { directory, clock } = this.#init
    const now = clock.monotonic()
    this.#departures.depart()
    const records = directory.list()
    this.#endMute(records, now)
    this.#connections.endUseless()
    this.#debounce.in(Math.min(TICK_MS, this.#rounds.next(records, now) - now))
  }

  /** Ends connections that look open but carry nothing, and those to zombies. */
  #endMute(records: readonly PeerRecord[], now: number): void {
    for (const { peerId, connected, state, unanswered, lastSuccess = 0 } of records) {
      if (!connected) continue
      const silentMs = this.#init.clock.now() - lastSuccess
      const connectedAt = this.#schedule.connectedAt(peerId)
      // It is ended already, and its last event has not come yet.
      if (connectedAt === undefined) continue
      const connectedMs = now - connectedAt
      const isVoid = carriesNothing({ unanswered, silentMs, connectedMs })
      const isDead = state === 'zombie' && silentMs >= MUTE_MS
      if (!isVoid && !isDead) continue
      // A node that answered over it until then may do so over another; one that never did waits like any zombie.
      if (!isVoid) {
        this.#schedule.disconnected(peerId, now)
        this.#schedule.leaveAlone(peerId, now)
      }
      this.#connections.abort(peerId, 'it answers nothing')
    }
  }
}

const resting = ({ peerId, lastError }: PeerRecord, restMs: number): string =>
  `${peerId} failed and is not dialled for another ${Math.ceil(restMs / 1_000)} s: ${lastError ?? 'unknown reason'}`
