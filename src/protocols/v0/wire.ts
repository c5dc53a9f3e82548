import { parseSpAddress } from '../../codec/address.js'
import { readPeerId } from '../../codec/peer-id.js'
import { decodeTask } from '../../codec/task-codec.js'
import {
  ANSWER_PROTOCOL,
  ASK_PROTOCOL,
  MAX_PING_BYTES,
  MAX_PONG_BYTES,
  MAX_TASK_BYTES,
  PING_PROTOCOL,
  PONG_PROTOCOL,
  STREAM_DEADLINE_MS
} from '../../constants.js'
import type { PeerIdString, SpAddress } from '../../domain/brands.js'
import type { ReplicatePieceApprovalTask } from '../../domain/task.js'
import { messageOf } from '../../errors.js'
import { deadlineSignal } from '../../kit/clock.js'
import { Announced } from '../door/announced.js'
import { type Handled, type Inbound, Inbox, type Route } from '../door/inbox.js'
import { Strangers } from '../door/strangers.js'
import { ipOf, isPrivateIp } from '../host/address-filter.js'
import type { Ask, Conversation, ReplyListener } from '../wire.js'
import { AnswerMaker } from './answer.js'
import { Conversations } from './conversations.js'
import { inboundAsk } from './inbound-ask.js'
import type { GfspWire, GfspWireInit } from './index.js'
import { DEFAULT_PING_PERIOD_MS, DEFAULT_WIRE_LIMITS } from './limits.js'
import { processCpu } from './ping-meter.js'
import { Pinging } from './pinging.js'
import { Sender } from './sender.js'

const nothing = (): void => undefined

/** Puts the parts of the wire together: strangers at the door, inbox, sender, pings. */
export class GfspWireService implements GfspWire {
  readonly version = '0.0.1'
  readonly #init: GfspWireInit
  readonly #strangers: Strangers
  readonly #sender: Sender
  readonly #pinging: Pinging
  readonly #inbox: Inbox
  readonly #conversations: Conversations
  readonly #answers: AnswerMaker
  readonly #announced: Announced

  constructor(init: GfspWireInit) {
    this.#init = init
    const { host, clock, logger, metrics, allowPrivate = false } = init
    const limits = { ...DEFAULT_WIRE_LIMITS, ...init.limits }
    const onContact = init.onContact ?? nothing
    const { isKnown = () => false, isBarred = () => false } = init
    this.#strangers = new Strangers({ host, limits, isKnown, isBarred, allowPrivate, clock })
    this.#answers = new AnswerMaker(init.operatorAddress, init.signer)
    this.#sender = new Sender({
      host,
      addressesOf: init.addressesOf ?? (() => []),
      onLost: (peer, error) => onContact(peer, { ok: false, error }),
      clock,
      metrics
    })
    this.#conversations = new Conversations({
      sender: this.#sender,
      signer: init.signer,
      verifier: init.verifier,
      onApproval: (peer, sp) => this.#strangers.promote(peer, sp),
      lateReplies: init.lateReplies,
      logger,
      metrics
    })
    this.#pinging = new Pinging({
      host,
      sender: this.#sender,
      signer: init.signer,
      verifier: init.verifier,
      operatorAddress: init.operatorAddress,
      periodMs: init.pingPeriodMs ?? DEFAULT_PING_PERIOD_MS,
      limits,
      lookup: init.lookup,
      mayClaim: init.mayClaim ?? (() => true),
      isExempt: ({ connection }) => allowPrivate && isPrivateIp(ipOf(connection.remoteAddr) ?? ''),
      allowPrivate,
      pongNodes: init.pongNodes ?? (() => []),
      onShown: (peer, sp, connection) => {
        this.#strangers.promote(peer, sp)
        init.onClaim?.(peer, sp)
        this.#announced.shown(peer, connection)
      },
      onContact,
      onHints: init.onHints ?? nothing,
      cpu: init.cpu ?? processCpu,
      clock,
      logger,
      metrics
    })
    this.#announced = new Announced({
      host,
      allowPrivate,
      isKnown: peer => !this.#strangers.isStranger(peer),
      onAddresses: init.onAddresses ?? nothing
    })
    this.#inbox = new Inbox(
      { host, limits, isStranger: peer => this.#strangers.isStranger(peer), clock, logger, metrics },
      this.#routes()
    )
  }

  get load(): GfspWire['load'] {
    return { messages: this.#inbox.inWork, strangers: this.#strangers.count }
  }

  get pingPeriodMs(): number {
    return this.#pinging.periodMs
  }

  async start(): Promise<void> {
    const { host } = this.#init
    this.#sender.start()
    this.#strangers.start()
    this.#announced.start()
    await this.#inbox.start()
    this.#pinging.start()
    host.admit?.(peer => !this.#strangers.isStranger(peer))
  }

  async stop(options: { readonly signal: AbortSignal }): Promise<void> {
    const { host } = this.#init
    host.admit?.(undefined)
    this.#announced.stop()
    this.#pinging.stop()
    await this.#inbox.stop(options.signal)
    this.#strangers.stop()
    this.#sender.stop()
  }

  speaks(peer: PeerIdString): boolean {
    const connections = this.#init.host.connections(readPeerId(peer))
    return connections.some(connection => this.#sender.speaks(connection, ASK_PROTOCOL) === true)
  }

  open(ask: Ask, listener: ReplyListener, options: { readonly signal: AbortSignal }): Promise<Conversation> {
    return this.#conversations.open(ask, listener, options)
  }

  ping(peer: PeerIdString, options: { readonly signal: AbortSignal }): Promise<number> {
    return this.#pinging.ping(peer, options)
  }

  promote(peer: PeerIdString, sp?: SpAddress): void {
    this.#strangers.promote(peer, sp)
  }

  demote(sp: SpAddress): void {
    this.#strangers.demote(sp)
  }

  #routes(): Route[] {
    const { metrics } = this.#init
    return [
      {
        protocol: PING_PROTOCOL,
        maxBytes: MAX_PING_BYTES,
        handle: inbound => this.#pinging.onPing(inbound),
        failed: result => metrics.pingsReceived.inc({ result })
      },
      {
        protocol: PONG_PROTOCOL,
        maxBytes: MAX_PONG_BYTES,
        handle: inbound => this.#pinging.onPong(inbound),
        failed: result => metrics.pingsReceived.inc({ result })
      },
      {
        protocol: ASK_PROTOCOL,
        maxBytes: MAX_TASK_BYTES,
        handle: inbound => this.#onAsk(inbound),
        failed: result => metrics.requestsReceived.inc({ result })
      },
      {
        protocol: ANSWER_PROTOCOL,
        maxBytes: MAX_TASK_BYTES,
        handle: inbound => this.#conversations.onAnswer(inbound),
        failed: result => metrics.approvalsReceived.inc({ result })
      }
    ]
  }

  async #onAsk(inbound: Inbound): Promise<Handled> {
    const task = this.#decode(inbound)
    if (task === undefined) {
      this.#init.metrics.requestsReceived.inc({ result: 'malformed' })
      return 'fault'
    }
    const { from, connection, signal } = inbound
    const ask = inboundAsk(inbound, task, this.#init.verifier, this.#answers)
    const answer = this.#answers.answerTo(ask, await this.#init.onAsk(ask))
    if (answer === undefined) return 'done'
    // Answered, so its signature was good and its SP is listed.
    this.#strangers.promote(from, parseSpAddress(task.askSpOperatorAddress))
    // Its turn included: a peer that reads nothing must not keep our places for messages in work.
    const deadline = deadlineSignal(this.#init.clock, STREAM_DEADLINE_MS, signal)
    try {
      await this.#sender.send(from, ANSWER_PROTOCOL, answer, { signal: deadline.signal, via: connection, repeat: true })
    } catch (error) {
      this.#init.logger.warn({ from, error: messageOf(error) }, 'approval not delivered')
    } finally {
      deadline.clear()
    }
    return 'done'
  }

  #decode({ bytes, from }: Inbound): ReplicatePieceApprovalTask | undefined {
    try {
      return decodeTask(bytes)
    } catch (error) {
      this.#init.logger.debug({ from, error: messageOf(error) }, 'task refused')
      return undefined
    }
  }
}
