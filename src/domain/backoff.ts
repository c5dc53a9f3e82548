const FIRST_MS = 1_000
const GROWTH = 4
const ZOMBIE_FIRST_MS = 30_000
const ZOMBIE_MAX_MS = 30 * 60_000
const JITTER = 0.2

/**
 * How long after its n-th failed dial in a row a node is left alone, ms: 1 s, 4 s, 16 s for one that may only be
 * restarting; 30 s, 60 s, … 30 min once it is a zombie. ± 20 %.
 *
 * @param failures at least 1
 * @param random a number in [0, 1)
 */
export function retryDelayMs(failures: number, zombieAfter: number, random: number): number {
  const delay =
    failures < zombieAfter
      ? Math.min(ZOMBIE_FIRST_MS, FIRST_MS * GROWTH ** Math.min(10, failures - 1))
      : Math.min(ZOMBIE_MAX_MS, ZOMBIE_FIRST_MS * 2 ** Math.min(10, failures - zombieAfter))
  return delay * (1 - JITTER + 2 * JITTER * random)
}

const PROBE_MIN_MS = 10_000
const PROBE_MAX_MS = 30 * 60_000
const PROBE_SHARE = 60

/**
 * Time between two probes, ms: while several SPs are out of reach at once, one node of them is tried out of turn, and its
 * answer ends the back-off of all. A network that was partitioned for a time t is connected again about t / 60 after it
 * heals: within seconds after a partition of minutes.
 */
export const probeDelayMs = (partitionedMs: number): number =>
  Math.min(PROBE_MAX_MS, Math.max(PROBE_MIN_MS, partitionedMs / PROBE_SHARE))

/** So many SPs out of reach at once are taken for a partition. */
export const PARTITION_SPS = 3
