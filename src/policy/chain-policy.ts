import type { PolicyPart } from '../contract.js'
import type { GrantLimits } from '../domain/grant.js'
import type { PolicyDecision, PolicyFacts } from '../domain/policy-rules.js'
import { InvalidArgumentError } from '../errors.js'
import type { BuiltInRule, PolicyRates } from './built-in-rule.js'
import { DEFAULT_GRANT_LIMITS, DEFAULT_RATES } from './defaults.js'
import { type FunctionGuard, runFunction } from './function-guard.js'
import type { ApprovalPolicy, DecideOptions, PolicyFunction } from './index.js'

/** Decides the asks that no part decided. */
export interface LastWord {
  readonly name: string
  readonly text: string
  decide(facts: PolicyFacts, options: DecideOptions): PolicyDecision | Promise<PolicyDecision>
}

/**
 * Parts in order, the first decision wins, then the last word. Where two rules set the same limit the stricter one
 * applies, in either order.
 *
 * @throws InvalidArgumentError for a part that is neither rule nor function
 */
export function chainPolicy(parts: readonly PolicyPart[], last: LastWord, guard: FunctionGuard): ApprovalPolicy {
  for (const part of parts) checkPart(part)
  const limits = limitsOf(parts)
  const rates = ratesOf(parts)
  const texts = [
    ...parts.map(part => ({ rule: nameOf(part), text: textOf(part) })),
    { rule: last.name, text: last.text }
  ]
  return {
    async decide(facts: PolicyFacts, options: DecideOptions = {}): Promise<PolicyDecision> {
      options.signal?.throwIfAborted()
      for (const part of parts) {
        const decision = isBuiltIn(part)
          ? part.decide(facts)
          : await runFunction(functionOf(part), facts, guard, options.signal)
        if (decision !== undefined) return decision
      }
      return await last.decide(facts, options)
    },
    limits: () => limits,
    rates: () => rates,
    describe: () => texts
  }
}

const isBuiltIn = (part: PolicyPart): part is BuiltInRule => 'text' in part && typeof part.text === 'string'

/** A rule of the embedding program is run with the same guard as a function. */
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
