import type { Connection, PeerId } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { CODE_P2P, multiaddr } from '@multiformats/multiaddr'
import type { SpRegistry } from '../../chain/index.js'
import { deadlineSignal } from '../../clock.js'
import type { PeerIdString, SpAddress } from '../../domain/brands.js'
import type { Clock, Timer } from '../../domain/clock.js'
import type { PeerLimits } from '../../domain/peer-limits.js'
import { inService } from '../../domain/registry.js'
import { messageOf } from '../../errors.js'
import type { Logger } from '../../logger.js'
import type { Metrics } from '../../metrics.js'
import type { PeerDirectory, PeerRecord } from '../../peers/index.js'
import { sharedAbort } from '../../shared-abort.js'
import type { P2PHost } from './host.js'

const TICK_MS = 500
const MAX_DIALS = 16
const DIAL_TIMEOUT_MS = 5_000
const FIRST_BACKOFF_MS = 500
const MAX_BACKOFF_MS = 30_000

export interface KeeperInit {
  readonly host: P2PHost
  readonly directory: PeerDirectory
  readonly registry: SpRegistry
  readonly self: { readonly sp: SpAddress; readonly peerId: PeerIdString }
  readonly limits: PeerLimits
  readonly connected: Set<PeerIdString>
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** A number in [0, 1); jitter of the back-off. */
  readonly random?: () => number
  /** Called whenever who is connected may have changed. */
  readonly onChange: () => void
}

/**
 * Keeps a connection to the nodes the directory names, so that an ask finds them warm; redials with back-off, and
 * hangs up on SPs that left the list or may no longer serve.
 */
export class ConnectionKeeper {
  readonly #init: KeeperInit
  readonly #retryAt = new Map<PeerIdString, { at: number; backoffMs: number }>()
  readonly #dialling = new Map<PeerIdString, Promise<void>>()
  #stopping = sharedAbort()
  #timer: Timer | undefined
  #offChange: (() => void) | undefined

  constructor(init: KeeperInit) {
    this.#init = init
  }

  start(): void {
    const { host, connected, registry } = this.#init
    this.#stopping = sharedAbort()
    for (const connection of host.connections()) connected.add(connection.remotePeer.toString() as PeerIdString)
    host.events.addEventListener('peer:connect', this.#onConnect)
    host.events.addEventListener('peer:disconnect', this.#onDisconnect)
    this.#offChange = registry.onChange(({ added, changed, removed }) => {
      const gone = [...removed, ...changed.filter(entry => !inService(entry))]
      for (const { operatorAddress, nodes } of gone) {
        const known = this.#init.directory.list({ sp: operatorAddress })
        for (const { peerId } of [...nodes, ...known]) this.hangUp(peerId)
      }
      for (const { nodes } of [...added, ...changed, ...removed]) {
        for (const { peerId } of nodes) this.#retryAt.delete(peerId)
      }
      // Once the directory knows the new list, or those who left would be dialled again.
      this.#tickIn(0)
    })
    this.#tick()
  }

  async stop(): Promise<void> {
    const { host, connected, clock } = this.#init
    this.#stopping.abort()
    clock.clearTimeout(this.#timer)
    this.#offChange?.()
    host.events.removeEventListener('peer:connect', this.#onConnect)
    host.events.removeEventListener('peer:disconnect', this.#onDisconnect)
    await Promise.all(this.#dialling.values())
    this.#retryAt.clear()
    connected.clear()
  }

  readonly #onConnect = (event: CustomEvent<PeerId>): void => {
    this.#init.connected.add(event.detail.toString() as PeerIdString)
    this.#init.onChange()
  }

  readonly #onDisconnect = (event: CustomEvent<PeerId>): void => {
    this.#init.connected.delete(event.detail.toString() as PeerIdString)
    this.#init.onChange()
  }

  #tick(): void {
    if (this.#stopping.signal.aborted) return
    const { clock, directory } = this.#init
    const now = clock.monotonic()
    const wanted = this.#wanted()
    const due = directory.list().filter(record => wanted.has(record.peerId) && this.#due(record, now))
    // Who has waited longest comes first: many dead nodes must not keep one that lives waiting.
    due.sort((a, b) => this.#dueAt(a) - this.#dueAt(b))
    for (const record of due.slice(0, MAX_DIALS - this.#dialling.size)) {
      const dial = this.#dial(record).finally(() => this.#dialling.delete(record.peerId))
      this.#dialling.set(record.peerId, dial)
    }
    this.#tickIn(TICK_MS)
  }

  #tickIn(ms: number): void {
    const { clock } = this.#init
    clock.clearTimeout(this.#timer)
    this.#timer = clock.setTimeout(() => this.#tick(), ms)
  }

  #wanted(): ReadonlySet<PeerIdString> {
    return new Set(this.#init.directory.candidates().map(({ peerId }) => peerId))
  }

  #due(record: PeerRecord, now: number): boolean {
    if (record.connected || record.addresses.length === 0 || record.peerId === this.#init.self.peerId) return false
    return !this.#dialling.has(record.peerId) && this.#dueAt(record) <= now
  }

  #dueAt({ peerId }: PeerRecord): number {
    return this.#retryAt.get(peerId)?.at ?? 0
  }

  async #dial({ peerId, addresses }: PeerRecord): Promise<void> {
    const { host, directory, clock, metrics, logger } = this.#init
    const bound = deadlineSignal(clock, DIAL_TIMEOUT_MS, this.#stopping.signal)
    try {
      const connection = await host.connect(
        peerIdFromString(peerId),
        addresses.map(({ address }) => multiaddr(address)),
        { signal: bound.signal }
      )
      this.#retryAt.delete(peerId)
      metrics.dials.inc({ result: 'ok' })
      directory.contacted(peerId, { ok: true, dialled: connection.remoteAddr.decapsulateCode(CODE_P2P).toString() })
      // Its SP may have left the list or service meanwhile.
      if (!this.#wanted().has(peerId)) this.hangUp(peerId)
    } catch (error) {
      if (this.#stopping.signal.aborted) return
      const reason = messageOf(error)
      this.#backOff(peerId)
      metrics.dials.inc({ result: 'failed' })
      directory.contacted(peerId, { ok: false, error: reason })
      logger.debug({ peerId, error: reason }, 'dial failed')
    } finally {
      bound.clear()
    }
  }

  #backOff(peerId: PeerIdString): void {
    const { clock, random = Math.random } = this.#init
    const backoffMs = Math.min(MAX_BACKOFF_MS, (this.#retryAt.get(peerId)?.backoffMs ?? FIRST_BACKOFF_MS / 2) * 2)
    this.#retryAt.set(peerId, { at: clock.monotonic() + backoffMs * (0.8 + 0.4 * random()), backoffMs })
  }

  /** Dials a node now, whatever its back-off says. */
  seek(peerId: PeerIdString): void {
    this.#retryAt.delete(peerId)
    this.#tickIn(0)
  }

  /** Ends the connections to a node. */
  hangUp(peerId: PeerIdString): void {
    const { host, logger } = this.#init
    for (const connection of host.connections(peerIdFromString(peerId))) {
      connection.close().catch((error: unknown) => {
        logger.debug({ peerId, error: messageOf(error) }, 'hang-up failed')
        abort(connection)
      })
    }
  }
}

const abort = (connection: Connection): void => connection.abort(new Error('the SP left the list'))
