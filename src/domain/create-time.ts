import { larger } from './larger.js'

/**
 * Create times as nonces. An approver believes one within `freshSeconds` of its clock, and of one object only the highest
 * so far. So ours rise per object, and none runs further ahead of our clock than an approver believes.
 */

/** Seconds ahead of the clock from which on an object is asked for once a second at most, so that it gains no more. */
const PACED_AHEAD_SECONDS = 300
const PACE_MS = 1_000
/** Between what an approver believes and what is stamped: its clock may be a little behind ours, or ahead of it. */
const SKEW_SECONDS = 1
/** ms after the clock was set in which create times that become fresh only now delay no ask. */
const CATCH_UP_MS = 5_000

/** Unix seconds, both included. Create times were used within it, perhaps not all of them. */
export interface CreateTimeSpan {
  readonly low: bigint
  readonly high: bigint
}

/** From the first to the last one that was used for an object in an epoch. */
export interface UsedCreateTimes extends CreateTimeSpan {
  /** Monotonic ms of the last use. */
  readonly at: number
  /** Of {@link ClockReading}. */
  readonly epoch: number
}

export interface ClockReading {
  /** Unix ms. */
  readonly now: number
  readonly monotonic: number
  /** Rises whenever the clock is set. */
  readonly epoch: number
  /** Unix ms of this clock when the epoch began. */
  readonly since: number
  /** How far from its clock an approver believes a create time. */
  readonly freshSeconds: number
}

export type NextCreateTime =
  | { readonly ok: true; readonly time: bigint }
  /** `pace`: the object is asked for too often. `clock`: our clock was set, and catches up within the wait. */
  | { readonly ok: false; readonly why: 'pace' | 'clock'; readonly waitMs: number; readonly aheadSeconds: number }

export const secondsOf = (unixMs: number): bigint => BigInt(Math.floor(unixMs / 1_000))

/** The highest create time that an approver believes at a moment of its clock. */
export const newestFresh = (unixMs: number, freshSeconds: number): bigint => secondsOf(unixMs) + BigInt(freshSeconds)

/**
 * The create time of the next ask for an object, above all that an approver can hold. By the right time it holds none that
 * is further ahead than fresh: what was stamped by a clock that was wrong counts from when it is fresh.
 *
 * @param used of this object, by this process
 * @param spans what else may have been used for it: before the start, or forgotten since
 */
export function nextCreateTime(
  used: readonly UsedCreateTimes[],
  spans: readonly CreateTimeSpan[],
  clock: ClockReading
): NextCreateTime {
  const believed = newestFresh(clock.since, clock.freshSeconds + SKEW_SECONDS)
  // Else what becomes fresh while the first asks wait would make them wait again.
  const isJustSet = clock.now - clock.since < CATCH_UP_MS
  const held = isJustSet ? believed : newestFresh(clock.now, clock.freshSeconds + SKEW_SECONDS)
  const last = used.find(({ epoch }) => epoch === clock.epoch)
  let why: 'pace' | 'clock' = 'pace'
  let highest = larger(secondsOf(clock.now) - 1n, last?.high ?? 0n)
  for (const one of [...used, ...spans]) {
    if (one === last || one.low > held) continue
    // Of a span that is fresh in part it is unknown which were used: all that a right clock can have believed.
    const time = one.high <= held ? one.high : believed
    if (time > highest) [highest, why] = [time, 'clock']
  }
  const time = highest + 1n
  const aheadMs = Number(time) * 1_000 - clock.now
  const aheadSeconds = Math.ceil(aheadMs / 1_000)
  const tooFarMs = Math.ceil(aheadMs - (clock.freshSeconds - SKEW_SECONDS) * 1_000)
  if (tooFarMs > 0) return { ok: false, why, waitMs: tooFarMs, aheadSeconds }
  const paceMs = last === undefined ? 0 : Math.ceil(last.at + PACE_MS - clock.monotonic)
  if (aheadSeconds > PACED_AHEAD_SECONDS && paceMs > 0) return { ok: false, why: 'pace', waitMs: paceMs, aheadSeconds }
  return { ok: true, time }
}

/** Epochs per object whose uses are remembered: the latest ones. */
const MAX_EPOCHS = 16

/** The uses of an object with one more. */
export function afterUse(
  used: readonly UsedCreateTimes[],
  time: bigint,
  { monotonic, epoch }: ClockReading
): readonly UsedCreateTimes[] {
  const low = used.find(one => one.epoch === epoch)?.low ?? time
  return [...used.filter(one => one.epoch !== epoch), { low, high: time, at: monotonic, epoch }].slice(-MAX_EPOCHS)
}

/** Bounds the record on disk and the work per ask. */
const MAX_SPANS = 16

const hull = (a: CreateTimeSpan, b: CreateTimeSpan): CreateTimeSpan => ({
  low: a.low < b.low ? a.low : b.low,
  high: larger(a.high, b.high)
})

/** The spans with one more, which comes last. Spans that touch become one, and of too many the two nearest. */
export function withSpan(spans: readonly CreateTimeSpan[], span: CreateTimeSpan): readonly CreateTimeSpan[] {
  const isApart = ({ low, high }: CreateTimeSpan): boolean => high + 1n < span.low || span.high + 1n < low
  const latest = spans.filter(one => !isApart(one)).reduce(hull, span)
  const others = spans.filter(isApart)
  if (others.length < MAX_SPANS) return [...others, latest]
  const sorted = [...others, latest].sort((a, b) => (a.low < b.low ? -1 : 1))
  const pairs = sorted.slice(1).map((one, n) => [sorted[n] ?? one, one] as const)
  const gap = ([a, b]: readonly [CreateTimeSpan, CreateTimeSpan]): bigint => b.low - a.high
  const [a, b] = pairs.reduce((nearest, pair) => (gap(pair) < gap(nearest) ? pair : nearest))
  const rest = others.filter(one => one !== a && one !== b)
  return a === latest || b === latest ? [...rest, hull(a, b)] : [...rest, hull(a, b), latest]
}
