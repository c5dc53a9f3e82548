import { raceSignal } from 'race-signal'
import { ASK_FRESH_SECONDS } from '../../constants.js'
import { grantHeight } from '../../domain/ask-check.js'
import { type AskIdentity, isSameAsk, judgeNonce } from '../../domain/ask-identity.js'
import type { Height, SpAddress } from '../../domain/brands.js'
import { newestFresh } from '../../domain/create-time.js'
import { fits, freeBytes, reservationBytes } from '../../domain/grant.js'
import type { PolicyDecision, PolicyFacts } from '../../domain/policy-rules.js'
import { type AnswerErrorCode, type Denial, errorDenial } from '../../domain/refusal.js'
import type { ReplicatePieceApprovalTask } from '../../domain/task.js'
import { taskKey } from '../../domain/task-key.js'
import { messageOf } from '../../errors.js'
import type { Tier } from '../../trust/index.js'
import type { InboundAsk, Verdict } from '../wire.js'
import type { ApproverDeps } from './approver.js'
import type { AskRates } from './ask-rates.js'
import type { RefusalMemory } from './refusal-memory.js'

/** A refusal is kept this long beyond its ask's freshness: our clock may be set back. */
const CLOCK_MARGIN_SECONDS = 120n

export interface VerifiedAsk extends AskIdentity {
  readonly ask: InboundAsk
  readonly asker: SpAddress
  readonly tier: Exclude<Tier, 'refused'>
  readonly objectId: string
  /** Of (asker, object). */
  readonly key: string
}

/** A verdict; a grant with the decision of the policy that led to it. */
export type Decision =
  | (Extract<Verdict, { outcome: 'granted' }> & { readonly policy: PolicyDecision })
  | Exclude<Verdict, { outcome: 'granted' }>

interface DeciderDeps
  extends Pick<ApproverDeps, 'heights' | 'policy' | 'ledger' | 'clock' | 'metrics' | 'lifeBlocks' | 'maxLifeBlocks'> {
  readonly rates: AskRates
  readonly refusals: RefusalMemory
  /** Ends what waits for policy or signer. */
  readonly stopped: AbortSignal
}

/**
 * The decision on a verified ask: nonce ▸ rates of SPs ▸ height and store ▸ policy ▸ life ▸ promise, which is to reserve,
 * sign and write.
 *
 * We sign before the grant is written and keep the finished answer with it: a remote signer need not be deterministic,
 * and after a crash the same ask must get the same answer. A promise that was signed but not written is never sent.
 */
export class Decider {
  readonly #deps: DeciderDeps

  constructor(deps: DeciderDeps) {
    this.#deps = deps
  }

  async decide(ask: VerifiedAsk): Promise<Decision> {
    const known = await this.#decidedBefore(ask)
    if (known !== undefined) return known
    const limited = this.#deps.rates.verified(ask.asker, ask.tier)
    if (limited !== undefined) return limited
    if (!this.#deps.refusals.hasRoom(ask.key, ask.asker)) {
      return errorDenial('BUSY', 'refusals', 'no room to remember another refusal until older asks are stale')
    }
    const height = this.#height()
    if (typeof height !== 'bigint') return height
    const policy = await this.#policy(await this.#facts(ask.ask.task, ask.asker, 0))
    if ('denial' in policy) return policy.denial
    if (policy.outcome === 'approve') return await this.#promise(ask, height, policy)
    const { rule, code, reason } = policy
    return this.#refuse(ask, { outcome: 'refused', rule, code, reason })
  }

  /**
   * What would be decided, without counting, reserving or answering.
   * @throws NotRunningError
   */
  async explain(task: ReplicatePieceApprovalTask, asker: SpAddress): Promise<PolicyDecision> {
    const facts = await this.#facts(task, asker, 1)
    const decision = await this.#ask(facts)
    if (decision.outcome === 'refuse') return decision
    // The life does not depend on the height it is counted from.
    const life = grantHeight(task, 0n as Height, this.#deps)
    if (!life.ok) return { outcome: 'refuse', rule: life.denial.rule, code: 'TOO_LARGE', reason: life.denial.reason }
    const { ledger, policy } = this.#deps
    const fit = fits(facts.reservationBytes, await ledger.holdings(asker, facts.objectId), policy.limits())
    return fit.ok ? decision : { outcome: 'refuse', rule: 'capacity', code: 'NO_CAPACITY', reason: fit.reason }
  }

  /** An ask with a nonce that was decided on gets the same answer. */
  async #decidedBefore(ask: VerifiedAsk): Promise<Decision | undefined> {
    const grant = await this.#deps.ledger.find(ask.asker, ask.objectId)
    const refusal = this.#deps.refusals.get(ask.key)
    const verdict = judgeNonce(ask, [grant, refusal], newestFresh(this.#deps.clock.now(), ASK_FRESH_SECONDS))
    if (typeof verdict !== 'string') return verdict
    if (verdict === 'new') return undefined
    if (grant !== undefined && isSameAsk(grant, ask)) return { outcome: 'repeated', grant }
    return refusal && { outcome: 'repeated', denial: refusal.denial }
  }

  async #promise(ask: VerifiedAsk, height: Height, policy: PolicyDecision): Promise<Decision> {
    const { asker, objectId, wire, nonce, askDigest, askedBy } = ask
    const { task, fingerprint, recordSize } = ask.ask
    const life = grantHeight(task, height, this.#deps)
    if (!life.ok) return this.#refuse(ask, life.denial)
    try {
      const promised = await this.#deps.ledger.promise({
        asker,
        objectId,
        taskKey: taskKey(task.objectInfo),
        wire,
        nonce,
        askDigest,
        askedBy,
        fingerprint,
        reservedBytes: reservationBytes(task),
        recordSize,
        expiredHeight: life.until,
        grantedHeight: height,
        sign: () => this.#sign(ask.ask, life.until)
      })
      switch (promised.outcome) {
        case 'granted':
          return { outcome: 'granted', grant: promised.grant, policy }
        case 'same':
          return { outcome: 'repeated', grant: promised.grant }
        case 'mismatch':
          return promised.denial
        case 'no-capacity':
          return this.#refuse(ask, {
            outcome: 'refused',
            code: 'NO_CAPACITY',
            rule: 'capacity',
            reason: promised.reason
          })
        case 'busy':
          return errorDenial('BUSY', 'ledger', promised.reason)
      }
    } catch (error) {
      // Ours to mend, not the peer's: it may ask again with the same nonce.
      return this.#faultOf('BUSY', 'promise', error)
    }
  }

  async #sign(ask: InboundAsk, until: Height): Promise<Uint8Array> {
    const { clock, metrics } = this.#deps
    const begun = clock.monotonic()
    const answer = await ask.answer(until, { signal: this.#deps.stopped })
    metrics.signDuration.observe((clock.monotonic() - begun) / 1_000)
    return answer
  }

  /** The height to count from, when the store may take promises. */
  #height(): Height | Denial {
    let height: Height
    try {
      height = this.#deps.heights.height()
    } catch (error) {
      return errorDenial('CHAIN_UNAVAILABLE', 'height', messageOf(error))
    }
    const health = this.#deps.ledger.health(height)
    if (health.state === 'ready') return height
    return errorDenial('BUSY', 'store', `${health.reason}; nothing is granted until height ${health.until} has passed`)
  }

  async #policy(facts: PolicyFacts): Promise<PolicyDecision | { readonly denial: Denial }> {
    const { clock, metrics } = this.#deps
    const begun = clock.monotonic()
    try {
      return await this.#ask(facts)
    } catch (error) {
      return { denial: this.#faultOf('INTERNAL', 'policy', error) }
    } finally {
      metrics.policyDuration.observe((clock.monotonic() - begun) / 1_000)
    }
  }

  /** A policy of the embedder's own may ignore the signal; the ask does not wait for it all the same. */
  async #ask(facts: PolicyFacts): Promise<PolicyDecision> {
    const signal = this.#deps.stopped
    signal.throwIfAborted()
    return await raceSignal(this.#deps.policy.decide(facts, { signal }), signal)
  }

  #faultOf(code: AnswerErrorCode, rule: string, error: unknown): Denial {
    return this.#deps.stopped.aborted && error === this.#deps.stopped.reason
      ? errorDenial('SHUTTING_DOWN', 'stop', 'we are stopping')
      : errorDenial(code, rule, messageOf(error))
  }

  /** @param uncounted asks to add, since the rates have not seen them */
  async #facts(task: ReplicatePieceApprovalTask, asker: SpAddress, uncounted: number): Promise<PolicyFacts> {
    const { objectInfo, storageParams } = task
    const objectId = objectInfo?.id || '0'
    const held = await this.#deps.ledger.holdings(asker, objectId)
    return {
      asker,
      objectId,
      bucketName: objectInfo?.bucketName ?? '',
      objectName: objectInfo?.objectName ?? '',
      payloadSize: objectInfo?.payloadSize ?? 0n,
      reservationBytes: reservationBytes(task),
      visibility: objectInfo?.visibility ?? 0,
      redundancyType: objectInfo?.redundancyType ?? 0,
      dataChunks: storageParams?.versionedParams.redundantDataChunkNum ?? 0,
      parityChunks: storageParams?.versionedParams.redundantParityChunkNum ?? 0,
      freeBytes: freeBytes(held, this.#deps.policy.limits()),
      asksLastMinute: this.#deps.rates.asksLastMinute(asker) + uncounted,
      now: this.#deps.clock.now()
    }
  }

  /** Final for its nonce. */
  #refuse({ key, asker, wire, nonce, askDigest, askedBy, ask }: VerifiedAsk, denial: Denial): Denial {
    const { clock, refusals } = this.#deps
    const freshMs = Number(nonce + BigInt(ASK_FRESH_SECONDS) + CLOCK_MARGIN_SECONDS) * 1_000 - clock.now()
    const until = clock.monotonic() + freshMs
    const { fingerprint } = ask
    refusals.remember(key, { asker, wire, nonce, askDigest, askedBy, fingerprint, denial, until })
    return denial
  }
}
