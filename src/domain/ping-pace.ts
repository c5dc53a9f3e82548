/** Nodes pinged in a second at most: beyond it the period grows. */
const NODES_PER_SECOND = 64
/** Share of a core that pings are kept to: 5 % are promised, and their cost is known to ± 25 % only. */
const AIMED_SHARE = 0.04
/** What is left for our own pings however much those of others cost. */
const LEAST_SHARE = 0.01
/** The longest period, ms: a node is pinged at least this often, whatever that costs. */
const MAX_PERIOD_MS = 30_000
/** A period less than this share above the least is set to the least: measurements vary. */
const HYSTERESIS = 0.1

export interface PingLoad {
  readonly configuredMs: number
  /** The period in force. */
  readonly periodMs: number
  readonly peers: number
  /** CPU of one exchange (a ping and its pong, either side), ms; `undefined` while it is not known. */
  readonly costMs: number | undefined
  readonly sentPerRound: number
  /** Pings of others that we answer. */
  readonly answeredPerSecond: number
}

/** Share of a core that pings take now; 0 while the cost is not known. */
export const pingShare = ({ costMs = 0, periodMs, sentPerRound, answeredPerSecond }: PingLoad): number =>
  costMs * (sentPerRound / periodMs + answeredPerSecond / 1_000)

/**
 * The ping period: as configured, longer for many nodes, and longer where pings would take too much of a core. It moves
 * half of the way at a time: if all nodes of a network changed their periods by whole steps at once, these would oscillate.
 */
export function pingPeriodMs(load: PingLoad): number {
  const { configuredMs, periodMs, peers, costMs = 0, sentPerRound, answeredPerSecond } = load
  const least = Math.max(configuredMs, (peers * 1_000) / NODES_PER_SECOND)
  const left = Math.max(LEAST_SHARE, AIMED_SHARE - (costMs * answeredPerSecond) / 1_000)
  const affordable = Math.max(least, Math.min(MAX_PERIOD_MS, (costMs * sentPerRound) / left))
  const next = (Math.max(least, periodMs) + affordable) / 2
  if (next < least * (1 + HYSTERESIS)) return least
  return periodMs >= least && Math.abs(next - periodMs) < periodMs * (HYSTERESIS / 2) ? periodMs : next
}
