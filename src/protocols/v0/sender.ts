import { once } from 'node:events'
import type { Connection, IdentifyResult, Libp2pEvents, Stream } from '@libp2p/interface'
import { readPeerId } from '../../codec/peer-id.js'
import { STREAM_DEADLINE_MS } from '../../constants.js'
import type { PeerIdString } from '../../domain/brands.js'
import { messageOf, UnreachableError } from '../../errors.js'
import { type Clock, deadlineSignal, withDeadline } from '../../kit/clock.js'
import { ConcurrencyGate } from '../../kit/concurrency-gate.js'
import type { Metrics } from '../../metrics.js'
import type { PeerDirectory } from '../../peers/index.js'
import type { P2PHost } from '../host/host.js'
import { wasSentEarly, withEarlyMessage } from '../muxer/early-protocol.js'
import type { ConnectOptions } from '../wire.js'
import { type DeliveryWatch, watchDelivery } from './delivery-watch.js'
import { UNFINISHED_STREAMS } from './limits.js'

const STUCK = 'the peer takes no data'

/** Gives the open connection to a peer, or one that it dials, where a dial is allowed now. */
export interface Connector {
  connect(peer: PeerIdString, options: ConnectOptions): Promise<Connection>
}

export interface SenderInit {
  readonly host: P2PHost
  /** Is told of messages that did not arrive. */
  readonly directory: Pick<PeerDirectory, 'contacted'>
  readonly connector: Connector
  readonly clock: Clock
  readonly metrics: Metrics
}

export interface SendOptions extends ConnectOptions {
  /** The connection to prefer, e.g. the one that a question came over. */
  readonly via?: Connection
  /** Send once more what a dying connection may have cut off. For messages that do no harm when they come twice. */
  readonly repeat?: boolean
  /** `false`: only over an existing connection; dialling is the keeper's decision. Default `true`. */
  readonly dial?: boolean
}

interface Outgoing {
  readonly peer: PeerIdString
  readonly protocol: string
  readonly bytes: Uint8Array
  readonly signal: AbortSignal
  readonly repeat: boolean
}

/** Writes one message on a stream of its own, without a negotiation round trip where the peer is known to speak it. */
export class Sender {
  readonly #init: SenderInit
  /** What each connection's peer speaks: from identify, and from every negotiation that went well. */
  readonly #spoken = new WeakMap<Connection, Set<string>>()
  /** Connections that we ended because nothing could be written. */
  readonly #stuck = new WeakSet<Connection>()
  readonly #deliveries = new Set<DeliveryWatch>()
  readonly #turns = new ConcurrencyGate(UNFINISHED_STREAMS)

  constructor(init: SenderInit) {
    this.#init = init
  }

  start(): void {
    this.#init.host.events.addEventListener('peer:identify', this.#onIdentify)
  }

  stop(): void {
    this.#init.host.events.removeEventListener('peer:identify', this.#onIdentify)
    for (const delivery of this.#deliveries) delivery.end()
  }

  /** Whether the peer said that it speaks the protocol; `undefined` while nothing is known. */
  speaks(connection: Connection, protocol: string): boolean | undefined {
    return this.#spoken.get(connection)?.has(protocol)
  }

  /**
   * Resolves when message and end are handed to the connection.
   * @throws UnreachableError
   */
  async send(peer: PeerIdString, protocol: string, bytes: Uint8Array, options: SendOptions): Promise<void> {
    const { signal, repeat = false } = options
    const message = { peer, protocol, bytes, signal, repeat }
    try {
      const connection = await this.#connection(peer, options)
      try {
        await this.#write(connection, message)
      } catch (error) {
        // The connection died under us: the message did not arrive, and a new connection may be there or be had.
        if (this.#stuck.has(connection)) throw new Error(STUCK, { cause: error })
        if (isClosing(error)) {
          await this.#ended(connection, signal)
          if (connection.status === 'open' && !signal.aborted) connection.abort(new Error('it takes no more streams'))
        }
        if (connection.status === 'open' || signal.aborted) throw error
        await this.#write(await this.#connection(peer, options), message)
      }
    } catch (error) {
      throw new UnreachableError(`${protocol} to ${peer}: ${messageOf(error)}`, { cause: error })
    }
    this.#init.metrics.messageBytes.observe({ protocol, dir: 'out' }, bytes.length)
  }

  async #write(connection: Connection, message: Outgoing): Promise<void> {
    const { peer, protocol, bytes, signal: parent } = message
    const leave = await this.#turns.enter(`${peer} ${protocol}`, parent)
    const early = this.speaks(connection, protocol) === true
    const deadline = deadlineSignal(this.#init.clock, STREAM_DEADLINE_MS, parent)
    const { signal } = deadline
    let stream: Stream | undefined
    try {
      stream = await connection.newStream(protocol, early ? withEarlyMessage({ signal }, bytes) : { signal })
      const sentEarly = wasSentEarly(stream)
      const delivery = this.#watch(stream, connection, message, leave)
      if (!sentEarly) {
        this.learn(connection, [protocol])
        if (!stream.send(bytes)) await stream.onDrain({ signal })
      }
      await stream.close({ signal })
      if (delivery.lost !== undefined) throw new Error(delivery.lost)
    } catch (error) {
      if (stream === undefined) leave()
      stream?.abort(error instanceof Error ? error : new Error(String(error)))
      // A connection that takes no message within the deadline only collects what we write.
      if (stream === undefined || !signal.aborted || parent.aborted) throw error
      this.#stuck.add(connection)
      connection.abort(new Error(STUCK))
      throw error
    } finally {
      deadline.clear()
    }
  }

  #watch(stream: Stream, connection: Connection, message: Outgoing, leave: () => void): DeliveryWatch {
    const { peer, protocol, signal, repeat } = message
    const delivery = watchDelivery(stream, {
      echoOf: wasSentEarly(stream) ? protocol : undefined,
      lifeMs: STREAM_DEADLINE_MS,
      clock: this.#init.clock,
      onEnd: (lost, cutOff) => {
        this.#deliveries.delete(delivery)
        if (cutOff) void this.#afterCut(connection, message, leave)
        else leave()
        if (cutOff && repeat && !signal.aborted) return
        if (lost === undefined) return
        this.#spoken.get(connection)?.delete(protocol)
        this.#lost(peer, protocol, lost)
      }
    })
    this.#deliveries.add(delivery)
    return delivery
  }

  async #connection(peer: PeerIdString, options: SendOptions): Promise<Connection> {
    const { via, dial = true } = options
    if (via?.status === 'open') return via
    const { host, connector } = this.#init
    if (dial) return await connector.connect(peer, options)
    const open = host.connections(readPeerId(peer)).find(({ status }) => status === 'open')
    if (open === undefined) throw new Error('the connection has ended')
    return open
  }

  /** The next message in the queue, and the retry of this one, must find a new connection and not the dying one. */
  async #afterCut(connection: Connection, message: Outgoing, leave: () => void): Promise<void> {
    const { peer, protocol, signal, repeat } = message
    await this.#ended(connection)
    leave()
    if (!repeat || signal.aborted) return
    try {
      await this.#write(await this.#connection(peer, { signal }), { ...message, repeat: false })
    } catch (error) {
      if (!signal.aborted) this.#lost(peer, protocol, messageOf(error))
    }
  }

  /** The message had been handed over: the peer refused the protocol or reset the stream. */
  #lost(peer: PeerIdString, protocol: string, why: string): void {
    this.#init.directory.contacted(peer, { ok: false, error: `${protocol}: ${why}` })
  }

  /** A connection takes no more streams a moment before it says that it is over; libp2p would hand it out again. */
  async #ended(connection: Connection, parent?: AbortSignal): Promise<void> {
    if (connection.status !== 'open') return
    const closed = (signal: AbortSignal) => once(connection, 'close', { signal })
    await withDeadline(this.#init.clock, STREAM_DEADLINE_MS, parent, closed).catch(() => undefined)
  }

  readonly #onIdentify = ({ detail }: Libp2pEvents['peer:identify']): void => {
    const { connection, protocols }: IdentifyResult = detail
    this.#spoken.set(connection, new Set(protocols))
  }

  /** The peer of this connection turned out to speak these. */
  learn(connection: Connection, protocols: readonly string[]): void {
    const known = this.#spoken.get(connection) ?? new Set()
    for (const protocol of protocols) known.add(protocol)
    this.#spoken.set(connection, known)
  }
}

const isClosing = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'ConnectionClosedError' || error.name === 'MuxerClosedError')
