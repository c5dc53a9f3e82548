/**
 * Which height readings are believed. Pure: a track and a reading in, the next track and a verdict out.
 *
 * Heights do not go back, and one bad value must not raise them for good. Time between readings is monotonic, so a running
 * node is not misled by its wall clock. Over a restart only the wall clock tells how long the node was down. Where heights
 * are counted by a clock, that may be wrong and be put right: the heights that a restart skipped are remembered, and a
 * source that goes back to one of them, and stays there, is believed again.
 */
import type { Height } from './brands.js'

/** Blocks that readings may be ahead of what elapsed time explains, all together: used up, they come back with time. */
export const HEIGHT_SLACK_BLOCKS = 20
/**
 * A source that falls back by no more than this is waited for: the height stands still meanwhile, as after a clock was
 * put back by some minutes. An approval of 900 blocks still lives long enough for everybody else.
 */
export const HEIGHT_HOLD_BLOCKS = 300n
/** A first height may be ahead of the stored one by this much more than the wall clock explains. */
const RESTART_SLACK_MS = 60_000
/** A wall clock is put right soon after a start: until then the stored height counts beside the first one. */
const SETTLING_MS = 600_000
/** A source that goes back to skipped heights is believed when it still does after this time. */
const CONFIRM_MS = 2_000
/** A stored time further ahead of the wall clock than this was taken from a wrong clock and says nothing. */
const MAX_TIME_AHEAD_MS = 120_000
/** Assumed where the stored time says nothing. */
const LONGEST_DOWNTIME_MS = 30 * 86_400_000
const MAX_GAPS = 8
const MAX_LEFT = 4

/** Heights from `from` to below `to` that nobody here has seen. */
export interface HeightGap {
  readonly from: bigint
  readonly to: bigint
}

/** What is kept of an earlier run. */
export interface StoredHeight {
  readonly value: bigint
  /** Unix ms of the reading. */
  readonly at: number
}

/** A believed height and how time goes on from it. */
interface Line {
  readonly value: Height
  /** Monotonic ms. */
  readonly at: number
  /** Blocks by which it is ahead of what time has explained. */
  readonly lead: number
}

export interface HeightTrack {
  readonly stored?: StoredHeight | undefined
  readonly gaps: readonly HeightGap[]
  readonly line?: Line
  /** Monotonic ms of the first reading that was believed. */
  readonly beganAt?: number
  /** Where the source was before it fell back; it may be there again. */
  readonly left: readonly Line[]
  /** A source that goes back to skipped heights, not believed yet. */
  readonly lower?: Line | undefined
}

export interface HeightReading {
  readonly value: bigint
  /** Unix ms. */
  readonly wall: number
  readonly monotonic: number
  /** The shortest block time that the chain can have. */
  readonly minBlockTimeMs: number
  /** The source counts heights by a clock, which can be wrong and be put right; every block takes the shortest time. */
  readonly isCounted: boolean
}

export interface HeightStep {
  readonly track: HeightTrack
  /** `hold`: the source has fallen back a little, the height stands still. */
  readonly outcome: 'accept' | 'hold' | 'reject'
  readonly reason?: string
}

export const newTrack = (stored?: StoredHeight, gaps: readonly HeightGap[] = []): HeightTrack => ({
  stored,
  gaps,
  left: []
})

export function readHeight(track: HeightTrack, reading: HeightReading): HeightStep {
  const { value, monotonic } = reading
  if (value < 0n || value >= 1n << 63n) return { track, outcome: 'reject', reason: `height ${value} is out of range` }
  const { line, stored } = track
  if (line === undefined && stored === undefined) {
    return accept({ ...track, beganAt: monotonic }, lineAt(reading))
  }
  const last = line ?? lineAt({ ...reading, value: stored?.value ?? 0n })
  if (value < last.value) return goBack(track, last, reading)
  const next = follow(last, reading)
  if (line !== undefined && typeof next !== 'bigint') return accept(track, next)
  for (const left of reading.isCounted ? track.left : []) {
    const again = follow(left, reading)
    if (typeof again === 'object') return accept(track, again)
  }
  const ceiling = fromStored(track, reading)
  if (ceiling === undefined || value > ceiling) {
    const most = typeof next === 'bigint' && next > (ceiling ?? 0n) && line !== undefined ? next : ceiling
    const reason = `height jumped from ${last.value} to ${value}, at most ${most} was possible`
    return { track: line === undefined ? track : { ...track, left: leave(track, line) }, outcome: 'reject', reason }
  }
  const gaps = skipped(track, last.value, value)
  return accept({ ...track, beganAt: track.beganAt ?? monotonic, gaps }, lineAt(reading))
}

const lineAt = ({ value, monotonic }: Pick<HeightReading, 'value' | 'monotonic'>): Line => ({
  value: value as Height,
  at: monotonic,
  lead: 0
})

const accept = (track: HeightTrack, line: Line): HeightStep => ({
  track: { ...track, line, lower: undefined },
  outcome: 'accept'
})

/** The line with a reading that is not below it; where the reading is too far ahead, the most that was possible. */
function follow(line: Line, { value, monotonic, minBlockTimeMs }: HeightReading): Line | bigint {
  if (value < line.value) return line.value
  const explained = Math.max(0, monotonic - line.at) / minBlockTimeMs
  const most = line.value + BigInt(Math.ceil(explained + HEIGHT_SLACK_BLOCKS - line.lead))
  if (value > most) return most
  const lead = Math.max(0, line.lead + Number(value - line.value) - explained)
  return { value: value as Height, at: monotonic, lead }
}

/** The most that the wall clock explains since the stored height; `undefined` once that counts no more. */
function fromStored({ stored, line, beganAt }: HeightTrack, reading: HeightReading): bigint | undefined {
  if (stored === undefined) return undefined
  const { wall, monotonic, minBlockTimeMs, isCounted } = reading
  const settled = line !== undefined && line.value >= stored.value && monotonic - (beganAt ?? 0) > SETTLING_MS
  if (line !== undefined && !isCounted) return undefined
  if (settled) return undefined
  const away = stored.at > wall + MAX_TIME_AHEAD_MS ? LONGEST_DOWNTIME_MS : Math.max(0, wall - stored.at)
  return stored.value + BigInt(Math.floor((away + RESTART_SLACK_MS) / minBlockTimeMs) + HEIGHT_SLACK_BLOCKS)
}

/** Gaps with the heights between two that were believed; of too many the smallest is forgotten. */
function skipped({ gaps }: HeightTrack, from: bigint, to: bigint): readonly HeightGap[] {
  if (to - from <= HEIGHT_SLACK_BLOCKS) return gaps
  const all = [...gaps, { from, to }]
  if (all.length <= MAX_GAPS) return all
  const smallest = all.reduce((least, gap) => (gap.to - gap.from < least.to - least.from ? gap : least))
  return all.filter(gap => gap !== smallest)
}

const leave = ({ left }: HeightTrack, line: Line): readonly Line[] =>
  left.includes(line) ? left : [...left, line].slice(-MAX_LEFT)

function goBack(before: HeightTrack, last: Line, reading: HeightReading): HeightStep {
  const { value, monotonic, isCounted } = reading
  const reason = `height went back from ${last.value} to ${value}`
  const track = { ...before, left: leave(before, last) }
  if (last.value - value <= HEIGHT_HOLD_BLOCKS) {
    // A run that begins below the stored height has a clock that is behind: it is put right at any time.
    const beganAt = track.beganAt ?? Number.POSITIVE_INFINITY
    return { track: { ...track, line: last, beganAt }, outcome: 'hold', reason }
  }
  const isSkipped = track.gaps.some(({ from, to }) => value >= from - HEIGHT_HOLD_BLOCKS && value < to)
  if (!isCounted || !isSkipped) return { track: { ...track, lower: undefined }, outcome: 'reject', reason }
  const lower = track.lower && follow(track.lower, reading)
  if (track.lower === undefined || typeof lower !== 'object') {
    return { track: { ...track, lower: lineAt(reading) }, outcome: 'reject', reason }
  }
  if (monotonic - track.lower.at < CONFIRM_MS) return { track, outcome: 'reject', reason }
  const gaps = track.gaps.flatMap(({ from, to }) => (value <= from ? [] : [{ from, to: to < value ? to : value }]))
  return accept({ ...track, gaps, beganAt: track.beganAt ?? monotonic }, lineAt(reading))
}
