import { decide } from '../domain/policy-rules.js'
import type { LastWord } from './chain-policy.js'

/** The default at the end of every policy. */
export const defaultWord = (otherwise: 'approve' | 'refuse'): LastWord => ({
  name: 'default',
  text: otherwise === 'approve' ? 'approve what no rule refused' : 'refuse what no rule approved',
  decide: async facts => decide([], facts, otherwise)
})
