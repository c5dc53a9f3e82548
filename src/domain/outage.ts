import type { SpAddress } from './brands.js'

export interface ContactOutcome {
  readonly sp: SpAddress | undefined
  readonly ok: boolean
}

const FAILED_PERCENT = 90
/** With fewer SPs the fault may be theirs: two can be down at once, or stand in one rack. */
export const OUTAGE_SPS = 3

/**
 * Whether what failed within one period was our own network: at least 90 % of the contacts, across at least three SPs.
 * Such contacts count against nobody.
 */
export function ownOutage(contacts: Iterable<ContactOutcome>): boolean {
  const failing = new Set<SpAddress>()
  let all = 0
  let failed = 0
  for (const { sp, ok } of contacts) {
    all++
    if (ok) continue
    failed++
    if (sp !== undefined) failing.add(sp)
  }
  return failing.size >= OUTAGE_SPS && failed * 100 >= all * FAILED_PERCENT
}
