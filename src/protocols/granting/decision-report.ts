import type { PeerIdString, SpAddress, TaskKey } from '../../domain/brands.js'
import { type Denial, REFUSAL_CODES } from '../../domain/refusal.js'
import type { SpApprovalEvents } from '../../events.js'
import { RateLimit } from '../../kit/rate-limit.js'
import { componentLogger } from '../../logger.js'
import type { ApproverDeps } from './approver.js'
import type { Decision } from './decider.js'

export type DecisionDetail = SpApprovalEvents['policy:decision']['detail']

/** The ask a decision is about. Its asker is a claim until the signature is verified. */
export interface Subject {
  readonly key: TaskKey
  readonly asker: SpAddress | undefined
  readonly from: PeerIdString
  readonly verified: boolean
}

/** Log lines and events for unverified asks, which anybody can send in any name. All of them are counted. */
const UNVERIFIED_SHOWN = { perSecond: 5, burst: 50 }

type ReportDeps = Pick<ApproverDeps, 'metrics' | 'logger' | 'clock' | 'onDecision'>

/** Tells what was decided on asks: metrics, log and event. On 0.0.1 a refusal is seen nowhere else. */
export class DecisionReport {
  readonly #deps: ReportDeps
  readonly #unverified: RateLimit
  #hidden = 0

  constructor(deps: ReportDeps) {
    this.#deps = { ...deps, logger: componentLogger(deps.logger, 'protocols/granting/decision-report') }
    this.#unverified = new RateLimit(deps.clock, 1)
  }

  decided(subject: Subject, decision: Decision): void {
    if (decision.outcome === 'granted') this.#granted(subject, decision)
    else if (decision.outcome === 'repeated') this.repeated(subject)
    else this.#denied(subject, decision)
  }

  /** The same ask came again and got the same answer, or the same silence. */
  repeated({ key, asker, from }: Subject): void {
    this.#deps.metrics.requestsReceived.inc({ result: 'repeated' })
    this.#deps.logger.debug({ key, asker, from }, 'the same ask again')
  }

  #granted({ key, asker, from }: Subject, { grant, policy }: Extract<Decision, { outcome: 'granted' }>): void {
    this.#deps.metrics.requestsReceived.inc({ result: 'approved' })
    this.#deps.metrics.decisions.inc({ rule: policy.rule, decision: 'approve', code: '' })
    this.#deps.logger.info({ key, asker, from, until: `${grant.expiredHeight}`, rule: policy.rule }, 'approved')
    if (asker !== undefined) this.#deps.onDecision({ key, asker, decision: policy })
  }

  #denied({ key, asker, from, verified }: Subject, denial: Denial): void {
    const { outcome, code, rule, reason } = denial
    this.#deps.metrics.requestsReceived.inc({ result: outcome })
    this.#deps.metrics.decisions.inc({ rule, decision: outcome === 'refused' ? 'refuse' : 'error', code })
    if (!verified && !this.#unverified.take('all', UNVERIFIED_SHOWN)) {
      this.#hidden++
      return
    }
    const hidden = this.#hidden
    this.#hidden = 0
    this.#deps.logger.info(
      { key, asker, from, verified, rule, code, reason, ...(hidden > 0 && { hidden }) },
      'not approved'
    )
    if (asker !== undefined) this.#deps.onDecision({ key, asker, decision: decisionOf(denial) })
  }
}

function decisionOf({ code, rule, reason }: Denial): DecisionDetail['decision'] {
  const final = REFUSAL_CODES.find(known => known === code)
  return final === undefined
    ? { outcome: 'error', rule, code, reason }
    : { outcome: 'refuse', rule, code: final, reason }
}
