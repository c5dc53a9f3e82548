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
  const steps = parts.map(part => stepOf(part, guard))
  const rates = ratesOf(parts)
  const limits = limitsOf(parts)
  const texts = [...steps.map(({ rule, text }) => ({ rule, text })), { rule: last.name, text: last.text }]
  return {
    async decide(facts: PolicyFacts, options: DecideOptions = {}): Promise<PolicyDecision> {
      options.signal?.throwIfAborted()
      for (const step of steps) {
        const decision = await step.decide(facts, options.signal)
        if (decision !== undefined) return decision
      }
      return await last.decide(facts, options)
    },
    limits,
    rates: () => rates,
    describe: () => texts
  }
}

const isBuiltIn = (part: PolicyPart): part is BuiltInRule => 'text' in part && typeof part.text === 'string'

function stepOf(part: PolicyPart, guard: FunctionGuard) {
  const isFunction = typeof part === 'function'
  if (!isFunction && (typeof part !== 'object' || part === null || typeof part.decide !== 'function')) {
    throw new InvalidArgumentError('policy', 'a list of rules and functions', part)
  }
  const rule = part.name === '' ? 'function' : part.name
  if (isBuiltIn(part)) return { rule, text: part.text, decide: (facts: PolicyFacts) => part.decide(facts) }
  // A rule of the embedding program is run with the same guard as a function.
  const run: PolicyFunction = isFunction ? part : facts => part.decide(facts)
  const decide = (facts: PolicyFacts, signal?: AbortSignal) => runFunction(rule, run, facts, guard, signal)
  return { rule, text: isFunction ? 'in-process function' : 'in-process rule', decide }
}

/** Rules whose limits are a function, e.g. of free space, are asked each time. */
function limitsOf(parts: readonly PolicyPart[]): () => GrantLimits {
  const named = parts.flatMap(part => (isBuiltIn(part) ? (part.limits ?? []) : []))
  const current = (): GrantLimits => strictest(named.map(limits => (typeof limits === 'function' ? limits() : limits)))
  if (named.some(limits => typeof limits === 'function')) return current
  const fixed = current()
  return () => fixed
}

function strictest(named: readonly Partial<GrantLimits>[]): GrantLimits {
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
