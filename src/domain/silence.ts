/** Interactions in a row without an answer: one short overload, theirs or ours, may cost two. */
const UNANSWERED = 3
const SILENT_MS = 15_000
/** An answer counts as one of this connection only this long after it opened, ms. */
const ANSWERED_AFTER_MS = 1_000

export interface SilenceFacts {
  /** Interactions in a row that failed, whether the fault was the node's or ours. */
  readonly unanswered: number
  /** Since the last one that went well. */
  readonly silentMs: number
  readonly connectedMs: number
}

/**
 * Whether a connection that looks open is dead. After a pulled cable, or a firewall that lost its state, the kernel
 * retransmits for about 15 minutes, and after the repair waits up to two minutes before its next try. Only the connection
 * is closed: nothing counts against the node.
 */
export const carriesNothing = ({ unanswered, silentMs, connectedMs }: SilenceFacts): boolean =>
  unanswered >= UNANSWERED && silentMs >= SILENT_MS && connectedMs - silentMs >= ANSWERED_AFTER_MS
