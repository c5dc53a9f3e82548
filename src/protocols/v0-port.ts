/** What 0.0.1 offers until asker and approver use protocols/wire.ts. */
import type { PeerIdString, SpAddress, TaskKey } from '../domain/brands.js'
import type { ReplicatePieceApprovalTask } from '../domain/task.js'

/** An ask, signed and encoded once, sent many times. */
export interface PreparedAsk {
  readonly key: TaskKey
  readonly task: ReplicatePieceApprovalTask
  /** Wire bytes with the ask signature. */
  readonly bytes: Uint8Array
  /** keccak-256 of the sign bytes with height 0, hex. */
  readonly digest: string
  /** The task as a peer decodes it from `bytes`: what an answer echoes. */
  readonly echo: ReplicatePieceApprovalTask
  /** What an approver signs who promises until this height; most answers name the same few heights. */
  digestsAt(expiredHeight: bigint): readonly Uint8Array[]
}

/** A task that came in, decoded within its caps, not yet believed. */
export interface InboundTask {
  readonly from: PeerIdString
  /** Address block of the remote for rate limits, e.g. `10.1.2.0/24`; '' where unknown. */
  readonly addressBlock: string
  readonly task: ReplicatePieceApprovalTask
  readonly bytes: Uint8Array
  /** Monotonic ms when its first byte was handled. */
  readonly arrivedAt: number
}

/** The approver's side: decides, and gives the bytes of the answer or nothing (0.0.1 cannot say no). */
export type AskHandler = (ask: InboundTask) => Promise<Uint8Array | undefined>
/** The asker's side. A *fault* is what no honest peer sends. */
export type AnswerHandler = (answer: InboundTask) => 'done' | 'fault'

export interface Wire {
  readonly version: '0.0.1' | '1.0.0'
  start(): Promise<void>
  /** No new messages; resolves when those in work are done or `signal` aborts. */
  stop(options: { readonly signal: AbortSignal }): Promise<void>
  /** Resolves when the ask was handed to the node's connection, rejects when it cannot be. */
  sendAsk(peerId: PeerIdString, ask: PreparedAsk, options: { readonly signal: AbortSignal }): Promise<void>
}

/** What the ping side of 0.0.1 tells the peer directory: a valid signature of that SP from that peer. */
export type ClaimHandler = (peerId: PeerIdString, sp: SpAddress) => void
