import { type Clock, messageOf, SpApprovalError, UnreachableError } from '../../../index.js'
import { sleep } from '../../../kit/clock.js'

/** Between two pings to one node, ms: what 0.0.1 nodes expect of each other. */
const PAUSE_MS = 1_000

export interface PingOutcome {
  readonly rttMs: number | null
  readonly error: string | null
}

export interface PingSeveral {
  /** Resolves with the round trip in ms. */
  readonly ping: (signal: AbortSignal) => Promise<number>
  readonly count: number
  readonly clock: Clock
  /** Any of them ends the series. */
  readonly signals: readonly AbortSignal[]
}

/** One ping after the other; a node that does not answer is a result, any other fault is thrown. */
export async function pingSeveral({ ping, count, clock, signals }: PingSeveral): Promise<readonly PingOutcome[]> {
  const signal = AbortSignal.any([...signals])
  const outcomes: PingOutcome[] = []
  while (outcomes.length < count && !signal.aborted) {
    if (outcomes.length > 0) await sleep(clock, PAUSE_MS, signal).catch(() => undefined)
    if (signal.aborted) break
    outcomes.push(await outcomeOf(ping, signal))
  }
  return outcomes
}

async function outcomeOf(ping: PingSeveral['ping'], signal: AbortSignal): Promise<PingOutcome> {
  try {
    return { rttMs: await ping(signal), error: null }
  } catch (error) {
    if (error instanceof SpApprovalError && !(error instanceof UnreachableError)) throw error
    return { rttMs: null, error: messageOf(error) }
  }
}
