/** Whether we take another SP's pieces. Rules from a file, then a function, then a command; each gives its reason. */

import type { SpAddress } from '../domain/brands.js'
import type { GrantLimits } from '../domain/grant.js'
import type { PolicyDecision, PolicyFacts } from '../domain/policy-rules.js'
import type { PolicyRates } from './built-in-rule.js'

export interface DecideOptions {
  readonly signal?: AbortSignal
}

export interface ApprovalPolicy {
  /** Never throws for a decision it can make; a command that fails or is late refuses with its reason. */
  decide(facts: PolicyFacts, options?: DecideOptions): Promise<PolicyDecision>
  /** Capacity figures the ledger enforces. */
  limits(): GrantLimits
  /** Rates the approver enforces, asks per minute. */
  rates(): PolicyRates
  /** The rules in force, as text for people, in the order in which they decide. */
  describe(): readonly { readonly rule: string; readonly text: string }[]
  /** One line for the operator: why an edited policy file is not in force. */
  alarm?(): string | undefined
  /** Reads again what it was made from; what is wrong with that is an alarm. */
  reload?(): unknown
  /** One line for the operator: why asks are refused that nobody decided, e.g. a command that cannot be run. */
  fault?(): string | undefined
  start?(): Promise<void>
  stop?(): Promise<void>
}

/** In-process policy: `undefined` leaves the decision to the next rule. */
export type PolicyFunction = (facts: PolicyFacts) => PolicyDecision | undefined | Promise<PolicyDecision | undefined>

export type { PolicyDecision, PolicyFacts, SpAddress }
