import {
  MAX_DATA_CHUNKS,
  MAX_GRANTS,
  MAX_GRANTS_PER_ASKER,
  MIN_DATA_CHUNKS,
  PER_ASKER_CAPACITY_PERCENT
} from '../constants.js'
import type { GrantLimits } from '../domain/grant.js'
import type { PolicyRates } from './built-in-rule.js'

/** What holds where neither a rule nor the policy file says otherwise: every listed SP, generous but bounded. */

export const DEFAULT_GRANT_LIMITS: GrantLimits = {
  // We cannot know the disk; an operator names what may really be promised.
  capacityBytes: 1n << 40n,
  keepFreeBytes: 0n,
  perAskerPercent: PER_ASKER_CAPACITY_PERCENT,
  perAskerGrants: MAX_GRANTS_PER_ASKER,
  totalGrants: MAX_GRANTS
}

export const DEFAULT_RATES: PolicyRates = {
  // 100 a second: a busy primary SP replicates a few objects a second.
  perSp: 6_000,
  // 10 a second, and no more than a tenth of an SP that proves who it is.
  perOpenSp: 600,
  // 1,000 a second, well below what one core signs (11,500).
  total: 60_000
}

/** Largest payload of the chain's default parameters, 64 GiB. */
export const DEFAULT_MAX_PAYLOAD = 64n << 30n

export const DEFAULT_CHUNKS = { min: MIN_DATA_CHUNKS, max: MAX_DATA_CHUNKS } as const
