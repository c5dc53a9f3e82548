import type { Height } from './brands.js'

/** Blocks a reading may run ahead of what elapsed time explains: `last + elapsed / minBlockTime + 20`. */
export const HEIGHT_SLACK_BLOCKS = 20n

export type HeightVerdict = { readonly outcome: 'accept' } | { readonly outcome: 'reject'; readonly reason: string }

/**
 * Whether a height reading is believed: heights never go back, and one bad value must not raise them for good.
 *
 * @param elapsedMs time since `last` was read, on a monotonic clock
 * @param minBlockTimeMs the shortest block time the chain can have
 */
export function judgeHeight(
  last: Height | undefined,
  reading: bigint,
  elapsedMs: number,
  minBlockTimeMs: number
): HeightVerdict {
  if (reading < 0n || reading >= 1n << 63n) return { outcome: 'reject', reason: `height ${reading} is out of range` }
  if (last === undefined) return { outcome: 'accept' }
  if (reading < last) return { outcome: 'reject', reason: `height went back from ${last} to ${reading}` }
  const ceiling = last + BigInt(Math.floor(Math.max(0, elapsedMs) / minBlockTimeMs)) + HEIGHT_SLACK_BLOCKS
  if (reading > ceiling) {
    return { outcome: 'reject', reason: `height jumped from ${last} to ${reading}, at most ${ceiling} was possible` }
  }
  return { outcome: 'accept' }
}
