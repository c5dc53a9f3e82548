import type { PolicyPart } from '../contract.js'
import { InvalidArgumentError } from '../errors.js'
import { type Clock, systemClock } from '../kit/clock.js'
import { type Logger, silentLogger } from '../logger.js'
import { chainPolicy } from './chain-policy.js'
import { defaultWord } from './default-word.js'
import type { ApprovalPolicy } from './index.js'

/** Below an ask's deadline; a function that takes longer has failed. */
export const FUNCTION_TIMEOUT_MS = 5_000

export interface ListPolicyOptions {
  readonly clock?: Clock
  readonly logger?: Logger
  /** How long one function may take, ms. */
  readonly functionTimeoutMs?: number
}

/** Rules and functions in the order of the list; the first decision wins; an ask that none decided is approved. */
export function listPolicy(parts: readonly PolicyPart[], options: ListPolicyOptions = {}): ApprovalPolicy {
  if (!Array.isArray(parts)) throw new InvalidArgumentError('policy', 'a list of rules and functions', parts)
  const { clock = systemClock, logger = silentLogger, functionTimeoutMs: timeoutMs = FUNCTION_TIMEOUT_MS } = options
  return chainPolicy(parts, defaultWord('approve'), { clock, logger, timeoutMs })
}
