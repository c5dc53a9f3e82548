import type { SpRegistryChange } from '../../chain/index.js'
import type { PeerIdString } from '../../domain/brands.js'
import { carriesNothing } from '../../domain/silence.js'
import type { PeerRecord } from '../../peers/index.js'
import { Connections } from './connections.js'
import { Debounce } from './debounce.js'
import { Departures } from './departures.js'
import { Dialler } from './dialler.js'
import type { KeeperInit } from './index.js'
import { Rounds } from './rounds.js'
import { Schedule } from './schedule.js'
import { Surplus } from './surplus.js'

/** Everything that matters tells itself; this is for what does not. */
const TICK_MS = 5_000
/** Told hints come many at once. */
const HINTS_MS = 500
/** Connected and counted as dead for so long: the connection is. */
const MUTE_MS = 30_000

/**
 * Keeps live connections to nodes of every SP that is sought, so that an ask finds them warm: dials what is missing, proves
 * who only dialled us, and hangs up on SPs that left the list or may no longer serve.
 *
 * ```
 *   list ─▶ Departures ─▶ hang up
 *   list, book, hints, disconnects ─▶ Rounds: dialPlan ─▶ Dialler (budget, lanes) ─▶ host
 *                                       ▲ Schedule (back-off), PartitionDetector, DialBackChecks │
 *                                       └─────────────── Connections ◀── events ◀─────────┘
 * ```
 */
export class ConnectionKeeper {
  readonly #init: KeeperInit
  readonly #schedule: Schedule
  readonly #dialler: Dialler
  readonly #connections: Connections
  readonly #departures: Departures
  readonly #rounds: Rounds
  readonly #debounce: Debounce
  readonly #surplus: Surplus
  #offChange: (() => void) | undefined
  #offNews: (() => void) | undefined
  #running = false

  constructor(init: KeeperInit) {
    this.#init = init
    const { host, clock, random = Math.random, limits } = init
    this.#schedule = new Schedule({ zombieAfter: limits.zombieAfterFailures, random })
    this.#dialler = new Dialler(init)
    this.#surplus = new Surplus({
      self: init.self.peerId,
      connections: ({ remotePeer }) => host.connections(remotePeer),
      clock
    })
    this.#debounce = new Debounce(clock, () => this.#run())
    this.#rounds = new Rounds({
      ...init,
      dialler: this.#dialler,
      schedule: this.#schedule,
      surplus: this.#surplus,
      onEnd: () => this.#debounce.in(0)
    })
    this.#departures = new Departures({ ...init, hangUp: peerId => this.hangUp(peerId) })
    this.#connections = new Connections({
      ...init,
      schedule: this.#schedule,
      onOpened: connection => this.#surplus.opened(connection),
      onPeer: (peerId, change) => this.#onPeer(peerId, change)
    })
  }

  start(): void {
    this.#running = true
    this.#rounds.start()
    this.#dialler.start()
    this.#departures.start()
    this.#offChange = this.#init.registry.onChange(change => this.#onList(change))
    this.#offNews = this.#init.directory.onNews(() => this.#debounce.in(HINTS_MS))
    this.#connections.start()
    // Once the directory has taken the list over.
    this.#debounce.in(0)
  }

  async stop(): Promise<void> {
    this.#running = false
    this.#debounce.stop()
    this.#rounds.stop()
    this.#surplus.stop()
    this.#offChange?.()
    this.#offNews?.()
    await this.#dialler.stop()
    this.#connections.stop()
    this.#schedule.clear()
    this.#departures.stop()
  }

  /** Dials a node now, whatever its back-off says. */
  dialNow(peerId: PeerIdString): void {
    this.#schedule.due(peerId)
    if (!this.#running) return
    const record = this.#init.directory.get(peerId)
    // Whoever asks for it wants it dialled, also where no plan does.
    const idle = record !== undefined && !record.connected && !this.#dialler.isDialling(peerId)
    if (idle && !record.blocked) void this.#rounds.dial(record)
    this.#debounce.in(0)
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

  #onList(change: SpRegistryChange): void {
    for (const peerId of this.#departures.take(change)) this.#schedule.due(peerId)
    // Once the directory knows the new list, which may tie a node to another SP.
    this.#debounce.in(0)
  }

  #run(): void {
    const { directory, clock } = this.#init
    const now = clock.monotonic()
    this.#departures.depart()
    const records = directory.list()
    this.#mute(records, now)
    this.#connections.thin()
    const next = Math.min(now + TICK_MS, this.#rounds.next(records, now))
    this.#debounce.in(Math.max(0, next - now))
  }

  /** Ends connections that look open: over which nothing comes any more, and to nodes that count as dead. */
  #mute(records: readonly PeerRecord[], now: number): void {
    for (const { peerId, connected, state, unanswered, lastSuccess = 0 } of records) {
      if (!connected) continue
      const silentMs = this.#init.clock.now() - lastSuccess
      const connectedMs = now - (this.#schedule.connectedAt(peerId) ?? now)
      const isVoid = carriesNothing({ unanswered, silentMs, connectedMs })
      const isDead = state === 'zombie' && silentMs >= MUTE_MS
      if (!isVoid && !isDead) continue
      // Who answered over it until then may do so over another; who never did is left alone like any zombie.
      if (!isVoid) this.#schedule.mute(peerId, now)
      this.#connections.abort(peerId, 'it answers nothing')
    }
  }
}
