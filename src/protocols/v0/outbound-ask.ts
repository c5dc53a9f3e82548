import { parseSpAddress } from '../../codec/address.js'
import { decodeTask, encodeTask } from '../../codec/task-codec.js'
import { ASK_PROTOCOL } from '../../constants.js'
import type { Height, PeerIdString } from '../../domain/brands.js'
import type { ReplicatePieceApprovalTask } from '../../domain/task.js'
import { BadTaskError } from '../../errors.js'
import type { Verifier } from '../../identity/index.js'
import type { Handled } from '../door/inbox.js'
import type { Strangers } from '../door/strangers.js'
import type { Conversation, ReplyListener } from '../wire.js'
import { MAX_ASK_BYTES } from './answer.js'
import { ReplyCheck } from './reply-check.js'
import type { Sender } from './sender.js'

export interface OutboundAskInit {
  readonly sender: Pick<Sender, 'send'>
  readonly verifier: Verifier
  readonly strangers: Pick<Strangers, 'promote'>
}

/** A signed ask of ours on 0.0.1: encoded once, sent many times; receives the answers to it. */
export class OutboundAsk implements Conversation {
  readonly task: ReplicatePieceApprovalTask
  readonly #init: OutboundAskInit
  readonly #bytes: Uint8Array
  readonly #check: ReplyCheck
  readonly #listener: ReplyListener
  readonly #signal: AbortSignal

  /** @throws BadTaskError when it is too large for the wire */
  constructor(task: ReplicatePieceApprovalTask, listener: ReplyListener, signal: AbortSignal, init: OutboundAskInit) {
    this.task = task
    this.#init = init
    this.#bytes = encodeTask(task)
    this.#listener = listener
    this.#signal = signal
    if (this.#bytes.length > MAX_ASK_BYTES) {
      throw new BadTaskError(`task: expected at most ${MAX_ASK_BYTES} bytes on the wire, got ${this.#bytes.length}`)
    }
    this.#check = new ReplyCheck(task, decodeTask(this.#bytes), init.verifier)
  }

  send(peerId: PeerIdString, { evenResting = false }: Parameters<Conversation['send']>[1] = {}): Promise<void> {
    const options = { signal: this.#signal, repeat: true, evenResting }
    return this.#init.sender.send(peerId, ASK_PROTOCOL, this.#bytes, options)
  }

  /**
   * Cheapest check first: who says it, is it our content, the signature last. A false signature over the right content is
   * a fault of the peer that brought it: it has cost a verification.
   */
  receive(answer: ReplicatePieceApprovalTask, peerId: PeerIdString): Handled {
    const wire = '0.0.1'
    const sp = parseSpAddress(answer.approvedSpOperatorAddress)
    const { expiredHeight, approvedSignature } = answer
    if (sp === undefined) this.#listener.onReply({ kind: 'fault', wire, sp, peerId, why: 'not-listed' })
    if (sp === undefined || !this.#listener.screen({ wire, sp, peerId, expiredHeight })) return 'done'
    if (!this.#check.isEcho(answer)) {
      this.#listener.onReply({ kind: 'fault', wire, sp, peerId, why: 'content' })
      return 'done'
    }
    if (!this.#check.isSignedBy(answer, sp)) {
      this.#listener.onReply({ kind: 'fault', wire, sp, peerId, why: 'signature' })
      return 'fault'
    }
    this.#init.strangers.promote(peerId, sp)
    this.#listener.onReply({
      kind: 'approval',
      wire,
      sp,
      peerId,
      expiredHeight: expiredHeight as Height,
      signature: approvedSignature
    })
    return 'done'
  }
}
