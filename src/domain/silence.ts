/** Interactions in a row without an answer: two may be lost with one bad moment, theirs or ours. */
const UNANSWERED = 3
const SILENT_MS = 15_000
/** A node that only ever took the connection has not answered over it. */
const ANSWERED_AFTER_MS = 1_000

export interface SilenceFacts {
  /** Interactions in a row that failed, whether the fault was the node's or ours. */
  readonly unanswered: number
  /** Since the last one that went well. */
  readonly silentMs: number
  readonly connectedMs: number
}

/**
 * Whether a connection that looks open carries nothing any more. Where a cable is pulled or a firewall forgets, the system
 * goes on sending into the void for a quarter of an hour, and after the repair waits up to two minutes before it tries
 * again. What ends is the connection only: it says nothing about the node.
 */
export const carriesNothing = ({ unanswered, silentMs, connectedMs }: SilenceFacts): boolean =>
  unanswered >= UNANSWERED && silentMs >= SILENT_MS && connectedMs - silentMs >= ANSWERED_AFTER_MS
