/**
 * What a wire offers to asker and approver: conversations to ask in, asks to decide on. Only what implements this knows
 * streams, encodings, signatures and their digests; asker and approver know tasks, SPs, heights and decisions.
 *
 * ```
 *   asker ── open(ask) ─▶ Conversation ── send ─▶ node          node ─▶ InboundAsk ─▶ AskHandler
 *     ▲                                             │             ▲                      │
 *     └── ReplyListener ◀── Reply, verified ◀───────┘             └──── the answer ◀── Verdict
 * ```
 */
import type { AnswerRejection } from '../domain/answer.js'
import type { WireVersion } from '../domain/ask-identity.js'
import type { Height, PeerIdString, SpAddress, TaskKey } from '../domain/brands.js'
import type { Grant } from '../domain/grant.js'
import type { AnswerErrorCode, Denial, RefusalCode } from '../domain/refusal.js'
import type { ReplicatePieceApprovalTask } from '../domain/task.js'

interface Abortable {
  readonly signal: AbortSignal
}

/** An ask of ours before any wire has seen it: complete, with its nonce (the create time), not signed. */
export interface Ask {
  readonly key: TaskKey
  readonly task: ReplicatePieceApprovalTask
}

/** The unverified fields of a reply. */
export interface ReplyClaim {
  readonly wire: WireVersion
  readonly sp: SpAddress
  readonly peerId: PeerIdString
  readonly expiredHeight: bigint
}

/** A reply about this ask. Approval and refusal are verified by their wire: signed with that SP's key. */
export type Reply =
  | {
      readonly kind: 'approval'
      readonly wire: WireVersion
      readonly sp: SpAddress
      readonly peerId: PeerIdString
      readonly expiredHeight: Height
      readonly signature: Uint8Array
    }
  | {
      readonly kind: 'refusal'
      readonly wire: WireVersion
      readonly sp: SpAddress
      readonly peerId: PeerIdString
      readonly code: RefusalCode | AnswerErrorCode
      readonly reason: string
    }
  | {
      readonly kind: 'fault'
      readonly wire: WireVersion
      /** `undefined` where the reply names no SP. */
      readonly sp: SpAddress | undefined
      readonly peerId: PeerIdString
      readonly why: AnswerRejection
    }

/** The asker of one ask. Neither method throws. */
export interface ReplyListener {
  /** Called before the signature is verified. `false`: the reply cannot count and has been dealt with. */
  screen(claim: ReplyClaim): boolean
  onReply(reply: Reply): void
}

/** Replies to asks that are over, or that nobody here sent. */
export interface LateReplies {
  answeredLate(peerId: PeerIdString, key: TaskKey): void
}

export interface ConnectOptions extends Abortable {
  /** Dial the node also while its back-off runs: the ask cannot reach its minimum otherwise. Default `false`. */
  readonly evenResting?: boolean
}

/** One ask on one wire. It ends when the signal it was opened with aborts: sends are broken off, replies come too late. */
export interface Conversation {
  /** The task as it was signed for this wire. */
  readonly task: ReplicatePieceApprovalTask
  /** Resolves when the ask was handed to the node's connection. @throws UnreachableError */
  send(peerId: PeerIdString, options?: Pick<ConnectOptions, 'evenResting'>): Promise<void>
}

export interface Wire {
  readonly version: WireVersion
  start(): Promise<void>
  /** No new messages; resolves when those in work are done or `signal` aborts. */
  stop(options: Abortable): Promise<void>
  /** Whether the peer is known to speak this wire. */
  speaks(peerId: PeerIdString): boolean
  /** Signs the ask. @throws BadTaskError, SignError; the signal's reason once it aborts */
  open(ask: Ask, listener: ReplyListener, options: Abortable): Promise<Conversation>
  /** Resolves with the round trip in ms. @throws UnreachableError */
  ping(peerId: PeerIdString, options: Abortable): Promise<number>
}

/** An ask that came in, decoded within its wire's caps, not yet believed. */
export interface InboundAsk {
  readonly wire: WireVersion
  readonly from: PeerIdString
  /** Address block of the remote for rate limits, e.g. `10.1.2.0/24`; '' where unknown. */
  readonly addressBlock: string
  /** Monotonic ms when its first byte was handled. */
  readonly arrivedAt: number
  readonly task: ReplicatePieceApprovalTask
  /** SHA-256 of the message, hex: equal for the same message only, which needs no second verification. */
  readonly fingerprint: string
  /** Room that one grant of it takes in memory and on disk, bytes. */
  readonly recordSize: number
  /** Why this wire has no room for an answer to it; `undefined` for all but the largest asks. */
  readonly unanswerable: string | undefined
  /** The ask's digest, hex, once its signature proves to be the asker's. */
  verify(asker: SpAddress): string | undefined
  /** What this wire sends for a grant until that height, signed; kept with the grant. @throws SignError */
  answer(until: Height, options: Abortable): Promise<Uint8Array>
}

/** What an approver decided about an ask. */
export type Verdict =
  | { readonly outcome: 'granted'; readonly grant: Grant }
  /** Decided before: the same again. */
  | { readonly outcome: 'repeated'; readonly grant: Grant }
  | { readonly outcome: 'repeated'; readonly denial: Denial }
  | Denial

/** Never rejects. The wire encodes the verdict; 0.0.1 has no message for a denial. */
export type AskHandler = (ask: InboundAsk) => Promise<Verdict>
