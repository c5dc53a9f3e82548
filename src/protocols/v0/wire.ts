import { readPeerId } from '../../codec/peer-id.js'
import {
  ANSWER_PROTOCOL,
  ASK_PROTOCOL,
  DEFAULT_PING_PERIOD_MS,
  MAX_PING_BYTES,
  MAX_PONG_BYTES,
  MAX_TASK_BYTES,
  PING_PROTOCOL,
  PONG_PROTOCOL
} from '../../constants.js'
import type { PeerIdString } from '../../domain/brands.js'
import type { Metrics } from '../../metrics.js'
import { Inbox, type Route } from '../door/inbox.js'
import type { P2PHost } from '../host/host.js'
import type { Ask, Conversation, ReplyListener } from '../wire.js'
import { Conversations } from './conversations.js'
import { InboundAsks } from './inbound-asks.js'
import type { GfspWire, GfspWireInit, WireParts } from './index.js'
import { DEFAULT_WIRE_LIMITS } from './limits.js'
import { Pinging } from './pinging.js'
import { Sender } from './sender.js'

/** Puts the parts of the wire together: inbox, sender, conversations, pings. */
export class GfspWireService implements GfspWire {
  readonly version = '0.0.1'
  readonly #host: P2PHost
  readonly #sender: Sender
  readonly #conversations: Conversations
  readonly #asks: InboundAsks
  readonly #pinging: Pinging
  readonly #inbox: Inbox

  constructor(init: GfspWireInit) {
    const { allowPrivate = false, pingPeriodMs = DEFAULT_PING_PERIOD_MS } = init
    const limits = { ...DEFAULT_WIRE_LIMITS, ...init.limits }
    const parts: WireParts = { ...init, allowPrivate, pingPeriodMs, limits, sender: new Sender(init) }
    this.#host = init.host
    this.#sender = parts.sender
    this.#conversations = new Conversations(parts)
    this.#asks = new InboundAsks(parts)
    this.#pinging = new Pinging(parts)
    const { pingsReceived, requestsReceived, approvalsReceived } = init.metrics
    this.#inbox = new Inbox(parts, [
      route(PING_PROTOCOL, MAX_PING_BYTES, pingsReceived, inbound => this.#pinging.onPing(inbound)),
      route(PONG_PROTOCOL, MAX_PONG_BYTES, pingsReceived, inbound => this.#pinging.onPong(inbound)),
      route(ASK_PROTOCOL, MAX_TASK_BYTES, requestsReceived, inbound => this.#asks.onAsk(inbound)),
      route(ANSWER_PROTOCOL, MAX_TASK_BYTES, approvalsReceived, inbound => this.#conversations.onAnswer(inbound))
    ])
  }

  get load(): GfspWire['load'] {
    return { messages: this.#inbox.inWork }
  }

  async start(): Promise<void> {
    this.#sender.start()
    await this.#inbox.start()
    this.#pinging.start()
  }

  async stop(options: { readonly signal: AbortSignal }): Promise<void> {
    this.#pinging.stop()
    await this.#inbox.stop(options.signal)
    this.#sender.stop()
  }

  speaks(peer: PeerIdString): boolean {
    const connections = this.#host.connections(readPeerId(peer))
    return connections.some(connection => this.#sender.speaks(connection, ASK_PROTOCOL) === true)
  }

  open(ask: Ask, listener: ReplyListener, options: { readonly signal: AbortSignal }): Promise<Conversation> {
    return this.#conversations.open(ask, listener, options)
  }

  ping(peer: PeerIdString, options: { readonly signal: AbortSignal }): Promise<number> {
    return this.#pinging.ping(peer, options)
  }
}

/** @param counter what is counted of messages that were not read */
const route = (
  protocol: string,
  maxBytes: number,
  counter: Metrics['requestsReceived'],
  handle: Route['handle']
): Route => ({ protocol, maxBytes, handle, failed: result => counter.inc({ result }) })
