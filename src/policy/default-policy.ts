import { DEFAULT_GRANT_LIMITS, DEFAULT_MAX_PAYLOAD, DEFAULT_RATES } from './defaults.js'
import type { ApprovalPolicy } from './index.js'
import { listPolicy } from './list-policy.js'
import { rules } from './rules.js'

/** Every listed SP is approved: payloads up to 64 GiB, 1 TiB in all, a quarter of it per SP. */
export const defaultPolicy = (): ApprovalPolicy =>
  listPolicy([
    rules.rates(DEFAULT_RATES),
    rules.maxPayloadSize(DEFAULT_MAX_PAYLOAD),
    rules.capacity(DEFAULT_GRANT_LIMITS.capacityBytes)
  ])
