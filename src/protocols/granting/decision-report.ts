import type { PeerIdString, SpAddress, TaskKey } from '../../domain/brands.js'
import { type Denial, REFUSAL_CODES } from '../../domain/refusal.js'
import type { SpApprovalEvents } from '../../events.js'
import type { Clock } from '../../kit/clock.js'
import { RateLimit } from '../../kit/rate-limit.js'
import { componentLogger, type Logger } from '../../logger.js'
import type { Metrics } from '../../metrics.js'
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

/** Tells what was decided on asks: metrics, log and event. On 0.0.1 a refusal is seen nowhere else. */
export class DecisionReport {
  readonly #metrics: Metrics
  readonly #logger: Logger
  readonly #onDecision: (detail: DecisionDetail) => void
  readonly #unverified: RateLimit
  #hidden = 0

  constructor(metrics: Metrics, logger: Logger, clock: Clock, onDecision: (detail: DecisionDetail) => void) {
    this.#metrics = metrics
    this.#logger = componentLogger(logger, 'protocols/granting/decision-report')
    this.#onDecision = onDecision
    this.#unverified = new RateLimit(clock, 1)
  }

  decided(subject: Subject, decision: Decision): void {
    if (decision.outcome === 'granted') this.#granted(subject, decision)
    else if (decision.outcome === 'repeated') this.repeated(subject)
    else this.#denied(subject, decision)
  }

  /** The same ask came again and got the same answer, or the same silence. */
  repeated({ key, asker, from }: Subject): void {
    this.#metrics.requestsReceived.inc({ result: 'repeated' })
    this.#logger.debug({ key, asker, from }, 'the same ask again')
  }

  #granted({ key, asker, from }: Subject, { grant, policy }: Extract<Decision, { outcome: 'granted' }>): void {
    this.#metrics.requestsReceived.inc({ result: 'approved' })
    this.#metrics.decisions.inc({ rule: policy.rule, decision: 'approve', code: '' })
    this.#logger.info({ key, asker, from, until: `${grant.expiredHeight}`, rule: policy.rule }, 'approved')
    if (asker !== undefined) this.#onDecision({ key, asker, decision: policy })
  }

  #denied({ key, asker, from, verified }: Subject, denial: Denial): void {
    const { outcome, code, rule, reason } = denial
    this.#metrics.requestsReceived.inc({ result: outcome })
    this.#metrics.decisions.inc({ rule, decision: outcome === 'refused' ? 'refuse' : 'error', code })
    if (!verified && !this.#unverified.take('all', UNVERIFIED_SHOWN)) {
      this.#hidden++
      return
    }
    const hidden = this.#hidden
    this.#hidden = 0
    this.#logger.info({ key, asker, from, verified, rule, code, reason, ...(hidden > 0 && { hidden }) }, 'not approved')
    if (asker !== undefined) this.#onDecision({ key, asker, decision: decisionOf(denial) })
  }
}

function decisionOf({ code, rule, reason }: Denial): DecisionDetail['decision'] {
  const final = REFUSAL_CODES.find(known => known === code)
  return final === undefined
    ? { outcome: 'error', rule, code, reason }
    : { outcome: 'refuse', rule, code: final, reason }
}
