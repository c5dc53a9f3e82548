import { systemClock } from '../clock.js'
import type { PolicyPart } from '../contract.js'
import type { Clock } from '../domain/clock.js'
import type { GrantLimits } from '../domain/grant.js'
import type { PolicyDecision, PolicyFacts } from '../domain/policy-rules.js'
import { InvalidArgumentError } from '../errors.js'
import { type Logger, silentLogger } from '../logger.js'
import type { BuiltInRule, PolicyRates } from './built-in-rule.js'
import { DEFAULT_GRANT_LIMITS, DEFAULT_RATES } from './defaults.js'
import { runFunction } from './function-guard.js'
import type { ApprovalPolicy, DecideOptions, PolicyFunction } from './index.js'
import { rules } from './rules.js'

/** A decision is wanted within an ask's deadline; a function that takes longer has failed. */
const FUNCTION_TIMEOUT_MS = 5_000

export interface ListPolicyOptions {
  readonly clock?: Clock
  readonly logger?: Logger
  /** How long one function may take, ms. */
  readonly functionTimeoutMs?: number
}

/**
 * Rules and functions in the order of the list; the first decision wins, and what nobody refused is approved.
 * Where two rules set the same limit the stricter one holds, wherever they stand.
 */
export function listPolicy(parts: readonly PolicyPart[], options: ListPolicyOptions = {}): ApprovalPolicy {
  const { clock = systemClock, logger = silentLogger, functionTimeoutMs = FUNCTION_TIMEOUT_MS } = options
  for (const part of parts) checkPart(part)
  const guard = { clock, logger, timeoutMs: functionTimeoutMs }
  const last = rules.otherwise('approve')
  const chain: readonly PolicyPart[] = [...parts, last]
  const limits = limitsOf(parts)
  const rates = ratesOf(parts)

  return {
    async decide(facts: PolicyFacts, { signal }: DecideOptions = {}): Promise<PolicyDecision> {
      signal?.throwIfAborted()
      for (const part of chain) {
        const decision = isBuiltIn(part)
          ? part.decide(facts)
          : await runFunction(functionOf(part), facts, guard, signal)
        if (decision !== undefined) return decision
      }
      return { outcome: 'approve', rule: last.name, reason: last.text }
    },
    limits: () => limits,
    rates: () => rates,
    describe: () => chain.map(part => ({ rule: nameOf(part), text: textOf(part) }))
  }
}

const isBuiltIn = (part: PolicyPart): part is BuiltInRule => 'text' in part && typeof part.text === 'string'

/** A rule of the embedder's own is run as carefully as a function. */
function functionOf(part: PolicyPart): PolicyFunction {
  if (typeof part === 'function') return part
  return Object.defineProperty((facts: PolicyFacts) => part.decide(facts), 'name', { value: part.name })
}

function nameOf(part: PolicyPart): string {
  return part.name === '' ? 'function' : part.name
}

function textOf(part: PolicyPart): string {
  if (isBuiltIn(part)) return part.text
  return typeof part === 'function' ? 'in-process function' : 'in-process rule'
}

function checkPart(part: PolicyPart): void {
  if (typeof part === 'function') return
  if (typeof part === 'object' && part !== null && typeof part.decide === 'function') return
  throw new InvalidArgumentError('policy', 'a list of rules and functions', part)
}

function limitsOf(parts: readonly PolicyPart[]): GrantLimits {
  const named = parts.flatMap(part => (isBuiltIn(part) && part.limits !== undefined ? [part.limits] : []))
  const pick = <K extends keyof GrantLimits>(key: K, stricter: (a: GrantLimits[K], b: GrantLimits[K]) => boolean) =>
    named.reduce<GrantLimits[K] | undefined>((held, { [key]: next }) => {
      if (next === undefined) return held
      return held === undefined || stricter(next, held) ? next : held
    }, undefined) ?? DEFAULT_GRANT_LIMITS[key]
  return {
    capacityBytes: pick('capacityBytes', (a, b) => a < b),
    keepFreeBytes: pick('keepFreeBytes', (a, b) => a > b),
    perAskerPercent: pick('perAskerPercent', (a, b) => a < b),
    perAskerGrants: pick('perAskerGrants', (a, b) => a < b),
    totalGrants: pick('totalGrants', (a, b) => a < b)
  }
}

function ratesOf(parts: readonly PolicyPart[]): PolicyRates {
  const lowest = (key: keyof PolicyRates): number => {
    const named = parts.flatMap(part => (isBuiltIn(part) ? [part.rates?.[key]] : [])).filter(rate => rate !== undefined)
    return named.length === 0 ? DEFAULT_RATES[key] : Math.min(...named)
  }
  return { perSp: lowest('perSp'), perOpenSp: lowest('perOpenSp'), total: lowest('total') }
}
