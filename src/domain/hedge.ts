/**
 * When a silent node's sibling is asked: after a configured time at the latest, and sooner once the others' answers
 * show the pace of this network.
 */

/** Answers that show the pace, as a share of those who could have answered: half of all nodes may be dead. */
const SHARE = 1 / 3
/** A node is a straggler after this multiple of the median. */
const MEDIANS = 3
/** Below it the jitter of a busy process decides, not the network, ms. */
const FLOOR_MS = 20

/** @param prompt SPs that can answer at once: connected, and not silent of late */
export const answersForPace = (prompt: number): number => Math.max(1, Math.ceil(prompt * SHARE))

/**
 * Time within which an answer of this network is to be expected, ms; `undefined` while too few have answered.
 *
 * @param latencies ms from send to answer
 */
export function paceOf(latencies: readonly number[], prompt: number): number | undefined {
  if (latencies.length < answersForPace(prompt)) return undefined
  const sorted = [...latencies].sort((a, b) => a - b)
  return Math.max(FLOOR_MS, MEDIANS * (sorted[sorted.length >> 1] ?? 0))
}

/** Time a node has to answer before it lags: one that is known to be far away has two round trips. */
export const patience = (paceMs: number | undefined, rttMs: number | undefined, hedgeAfterMs: number): number =>
  Math.max(paceMs ?? hedgeAfterMs, 2 * (rttMs ?? 0))
