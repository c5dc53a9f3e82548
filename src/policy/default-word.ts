import type { PolicyDecision } from '../domain/policy-rules.js'

/** The default at the end of every policy. */
export function defaultWord(otherwise: 'approve' | 'refuse') {
  const decision: PolicyDecision =
    otherwise === 'approve'
      ? { outcome: 'approve', rule: 'default', reason: 'no rule refused' }
      : { outcome: 'refuse', rule: 'default', code: 'POLICY', reason: 'no rule approved' }
  const text = otherwise === 'approve' ? 'approve what no rule refused' : 'refuse what no rule approved'
  return { name: 'default', text, decide: () => decision } as const
}
