/** What 0.0.1 offers until asker and approver use protocols/wire.ts. */
import type { PeerIdString, SpAddress } from '../domain/brands.js'
import type { ReplicatePieceApprovalTask } from '../domain/task.js'

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
/** What the ping side of 0.0.1 tells the peer directory: a valid signature of that SP from that peer. */
export type ClaimHandler = (peerId: PeerIdString, sp: SpAddress) => void
