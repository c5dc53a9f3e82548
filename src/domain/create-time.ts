/**
 * Create times as nonces. An approver believes one within `freshSeconds` of its clock, and of one object only the highest
 * so far. So ours rise per object, and none runs further ahead of our clock than an approver believes.
 */

/** Seconds ahead of the clock from which on an object is asked for once a second at most, so that it gains no more. */
const PACED_AHEAD_SECONDS = 300
const PACE_MS = 1_000
/** Between what an approver believes and what is stamped: its clock may be a little behind ours. */
const SKEW_SECONDS = 1

export interface UsedCreateTime {
  /** Unix seconds. */
  readonly time: bigint
  /** Monotonic ms of its use, or later. */
  readonly at: number
  /** Of {@link ClockReading}, when it was used. */
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
 * The create time of the next ask for an object, above all that an approver can have believed. What was stamped while the
 * clock was wrong counts only as far as it was believed: at most `freshSeconds` after the moment of the correction.
 */
export function nextCreateTime(used: readonly UsedCreateTime[], clock: ClockReading): NextCreateTime {
  const believed = newestFresh(clock.since, clock.freshSeconds)
  let highest = secondsOf(clock.now) - 1n
  let why: 'pace' | 'clock' = 'pace'
  for (const one of used) {
    const ofNow = one.epoch === clock.epoch
    // An approver whose clock was ahead too holds it for as long as it is fresh by the right time.
    const isHeld = one.time <= newestFresh(clock.now, clock.freshSeconds)
    const time = isHeld || ofNow || one.time < believed ? one.time : believed
    if (time <= highest || !(isHeld || isBinding(one, clock))) continue
    highest = time
    why = ofNow ? 'pace' : 'clock'
  }
  const time = highest + 1n
  const aheadMs = Number(time) * 1_000 - clock.now
  const aheadSeconds = Math.ceil(aheadMs / 1_000)
  const tooFarMs = Math.ceil(aheadMs - (clock.freshSeconds - SKEW_SECONDS) * 1_000)
  if (tooFarMs > 0) return { ok: false, why, waitMs: tooFarMs, aheadSeconds }
  const last = used.findLast(({ epoch }) => epoch === clock.epoch)
  const paceMs = last === undefined ? 0 : Math.ceil(last.at + PACE_MS - clock.monotonic)
  if (aheadSeconds > PACED_AHEAD_SECONDS && paceMs > 0) return { ok: false, why: 'pace', waitMs: paceMs, aheadSeconds }
  return { ok: true, time }
}

/** Uses of an object that are remembered: one, and one more for each time the clock was set back. */
const MAX_USES = 16

/** What stays to be remembered after another use: beside it only what is higher. */
export const afterUse = (used: readonly UsedCreateTime[], latest: UsedCreateTime): readonly UsedCreateTime[] =>
  [...used.filter(one => one.time > latest.time), latest].slice(-MAX_USES)

/** Whether it was used so recently that an approver whose clock is right can hold it, whatever our clock says now. */
export const isBinding = ({ at }: UsedCreateTime, { monotonic, freshSeconds }: ClockReading): boolean =>
  monotonic - at <= (freshSeconds + 2) * 1_000
