export interface Backoff {
  /** Pause after the first failure. */
  readonly firstMs: number
  readonly maxMs: number
  /** Factor from one pause to the next. Default 2. */
  readonly growth?: number
  /** Share by which a pause is made longer or shorter at random, so that nodes do not act in step. Default 0. */
  readonly jitter?: number
}

/**
 * Pause after the n-th failure in a row, ms.
 * @param failures at least 1
 * @param random a number in [0, 1)
 */
export function backoffMs(
  { firstMs, maxMs, growth = 2, jitter = 0 }: Backoff,
  failures: number,
  random = Math.random()
): number {
  return jittered(Math.min(maxMs, firstMs * growth ** (failures - 1)), jitter, random)
}

/** `ms`, longer or shorter by at most the share `jitter` of it. */
export const jittered = (ms: number, jitter: number, random = Math.random()): number =>
  ms * (1 - jitter + 2 * jitter * random)
