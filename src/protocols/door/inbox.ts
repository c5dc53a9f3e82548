import type { Connection, Stream } from '@libp2p/interface'
import { STREAM_DEADLINE_MS } from '../../constants.js'
import type { PeerIdString } from '../../domain/brands.js'
import type { GuestTier } from '../../domain/guest.js'
import { messageOf } from '../../errors.js'
import { aborted, sharedAbort } from '../../kit/abort.js'
import type { Clock } from '../../kit/clock.js'
import { type Account, FairBudget } from '../../kit/fair-budget.js'
import { doubleBurst, type Rate, RateLimit } from '../../kit/rate-limit.js'
import { componentLogger, type Logger } from '../../logger.js'
import type { Metrics } from '../../metrics.js'
import { addressBlockOf } from '../addresses/block.js'
import type { P2PHost } from '../host/host.js'
import { openedAtOf } from '../muxer/one-shot-muxer.js'
import { type DoorLimits, STREAMS_PER_CONNECTION, sharesOf } from './limits.js'
import { type ReadFailure, readOneShot } from './one-shot.js'
import type { Strangers } from './strangers.js'

/** A message that came in whole, not yet decoded. */
export interface Inbound {
  readonly bytes: Uint8Array
  readonly from: PeerIdString
  readonly connection: Connection
  readonly addressBlock: string
  readonly arrivedAt: number
  /** Aborts when the wire stops without waiting any longer. */
  readonly signal: AbortSignal
}

/** A *fault* is what no honest peer sends: it counts against the connection. */
export type Handled = 'done' | 'fault'

export interface Route {
  readonly protocol: string
  readonly maxBytes: number
  handle(message: Inbound): Promise<Handled> | Handled
  /** A message that was not read. */
  failed(why: ReadFailure | 'busy'): void
}

export interface InboxInit {
  readonly host: P2PHost
  readonly limits: DoorLimits
  readonly strangers: Pick<Strangers, 'tierOf'>
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
}

/** Takes messages in: counts, reads within cap and deadline, hands over. The one guard around all remote input. */
export class Inbox {
  readonly #init: InboxInit
  readonly #routes: readonly Route[]
  /** Places for messages in work. */
  readonly #places: FairBudget<GuestTier>
  /** Bytes of messages being read. */
  readonly #bytes: FairBudget<GuestTier>
  readonly #work = new Set<Promise<void>>()
  readonly #faults: RateLimit
  readonly #faultRates: Readonly<Record<'known' | 'stranger', Rate>>
  #controller = sharedAbort()

  constructor(init: InboxInit, routes: readonly Route[]) {
    this.#init = { ...init, logger: componentLogger(init.logger, 'protocols/door/inbox') }
    this.#routes = routes
    const { messages, bufferedBytes, messagesPerPeer, messagesPerStranger } = init.limits
    const places = sharesOf(messages, init.limits)
    this.#places = new FairBudget(messages, {
      tied: { ...places.tied, each: messagesPerPeer },
      claimed: { ...places.claimed, each: messagesPerPeer },
      stranger: { ...places.stranger, each: messagesPerStranger }
    })
    this.#bytes = new FairBudget(bufferedBytes, sharesOf(bufferedBytes, init.limits))
    this.#faults = new RateLimit(init.clock)
    this.#faultRates = {
      known: doubleBurst(init.limits.faultsPerSecond),
      stranger: doubleBurst(init.limits.strangerFaultsPerSecond)
    }
  }

  /** Messages in work. */
  get inWork(): number {
    return this.#places.held
  }

  async start(): Promise<void> {
    this.#controller = sharedAbort()
    for (const route of this.#routes) {
      await this.#init.host.handle(route.protocol, (stream, connection) => this.#accept(route, stream, connection), {
        maxInboundStreams: STREAMS_PER_CONNECTION,
        maxOutboundStreams: STREAMS_PER_CONNECTION,
        runOnLimitedConnection: false
      })
    }
  }

  /** No new messages; waits for those in work, until `signal` aborts. */
  async stop(signal: AbortSignal): Promise<void> {
    const controller = this.#controller
    for (const { protocol } of this.#routes) await this.#init.host.unhandle(protocol)
    const hurry = (): void => controller.abort(signal.reason)
    if (signal.aborted) hurry()
    signal.addEventListener('abort', hurry, { once: true })
    try {
      await Promise.race([Promise.all(this.#work), aborted(controller.signal)])
    } finally {
      signal.removeEventListener('abort', hurry)
      controller.abort(new Error('the wire has stopped'))
    }
  }

  #accept(route: Route, stream: Stream, connection: Connection): void {
    const from = connection.remotePeer.toString() as PeerIdString
    const tier = this.#init.strangers.tierOf(from)
    const place = this.#places.account(tier, from)
    if (this.#controller.signal.aborted || !place.take(1)) {
      route.failed('busy')
      queueMicrotask(() => stream.abort(new Error('too many messages at once')))
      if (tier === 'stranger') this.#fault(connection, from)
      return
    }
    const bytes = this.#bytes.account(tier, from)
    // Only while it is read: what has been read is decided.
    place.onEvict = () => {
      if (bytes.onEvict === undefined) return
      bytes.onEvict()
      place.release()
    }
    const work = this.#receive(route, stream, connection, bytes)
      .catch((error: unknown) => {
        this.#init.logger.error({ protocol: route.protocol, from, error: messageOf(error) }, 'message handler failed')
      })
      .finally(() => {
        place.release()
        this.#work.delete(work)
      })
    this.#work.add(work)
  }

  async #receive(route: Route, stream: Stream, connection: Connection, budget: Account): Promise<void> {
    const { clock, metrics, logger } = this.#init
    const from = connection.remotePeer.toString() as PeerIdString
    const { signal } = this.#controller
    const arrivedAt = clock.monotonic()
    const spent = arrivedAt - (openedAtOf(stream) ?? arrivedAt)
    const read = await readOneShot(stream, {
      maxBytes: route.maxBytes,
      deadlineMs: Math.max(0, STREAM_DEADLINE_MS - spent),
      budget,
      clock,
      signal
    })
    if (!read.ok) {
      if (read.why === 'oversize') metrics.oversize.inc({ protocol: route.protocol })
      logger.debug({ protocol: route.protocol, from, why: read.why }, 'message not read')
      route.failed(read.why)
      if (read.why === 'oversize' || read.why === 'slow') this.#fault(connection, from)
      return
    }
    metrics.messageBytes.observe({ protocol: route.protocol, dir: 'in' }, read.bytes.length)
    // Our side of the stream carries nothing; its end tells the peer that the message has come.
    stream.close({ signal }).catch((error: unknown) => {
      logger.debug({ protocol: route.protocol, from, error: messageOf(error) }, 'stream not closed')
    })
    const addressBlock = addressBlockOf(connection.remoteAddr)
    const handled = await route.handle({ bytes: read.bytes, from, connection, addressBlock, arrivedAt, signal })
    if (handled === 'fault') this.#fault(connection, from)
  }

  /** Refusing costs us more than sending costs a flooder: beyond a rate of faults the connection ends. */
  #fault(connection: Connection, from: PeerIdString): void {
    const standing = this.#init.strangers.tierOf(from) === 'stranger' ? 'stranger' : 'known'
    if (this.#faults.take(`${standing} ${from}`, this.#faultRates[standing])) return
    this.#init.logger.debug({ from }, 'too many faults: connection ended')
    queueMicrotask(() => connection.abort(new Error('too many faulty messages')))
  }
}
