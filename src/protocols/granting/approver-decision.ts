import type { HeightSource } from '../../chain/index.js'
import { ASK_FRESH_SECONDS } from '../../constants.js'
import { type AskIdentity, grantHeight, judgeNonce } from '../../domain/ask-check.js'
import type { Height, SpAddress } from '../../domain/brands.js'
import { type Grant, reservationBytes } from '../../domain/grant.js'
import type { PolicyDecision, PolicyFacts } from '../../domain/policy-rules.js'
import type { Denial } from '../../domain/refusal.js'
import type { ReplicatePieceApprovalTask } from '../../domain/task.js'
import { taskKey } from '../../domain/task-key.js'
import { messageOf } from '../../errors.js'
import type { GrantLedger } from '../../grants/index.js'
import type { Signer, Verifier } from '../../identity/index.js'
import type { Clock } from '../../kit/clock.js'
import type { Metrics } from '../../metrics.js'
import type { ApprovalPolicy } from '../../policy/index.js'
import type { Tier } from '../../trust/index.js'
import type { InboundTask } from '../v0-port.js'
import { ANSWER_EXTRA_BYTES, AnswerMaker } from './approver-answer.js'
import type { AskRates } from './ask-rates.js'
import type { RefusalMemory } from './refusal-memory.js'
import { unlessAborted } from './unless-aborted.js'

/** Our clock may be set back by so much without an ask becoming fresh again. */
const CLOCK_MARGIN_SECONDS = 120n

export interface VerifiedAsk extends AskIdentity {
  readonly ask: InboundTask
  readonly asker: SpAddress
  readonly tier: Exclude<Tier, 'refused'>
  readonly objectId: string
  /** Of (asker, object). */
  readonly key: string
}

export type Outcome =
  | { readonly type: 'granted'; readonly answer: Uint8Array; readonly grant: Grant; readonly decision: PolicyDecision }
  | { readonly type: 'repeated'; readonly answer: Uint8Array | undefined }
  | { readonly type: 'denied'; readonly answer: undefined; readonly denial: Denial }

export interface DeciderDeps {
  readonly operatorAddress: SpAddress
  readonly signer: Signer
  readonly verifier: Verifier
  readonly heights: HeightSource
  readonly policy: ApprovalPolicy
  readonly ledger: GrantLedger
  readonly clock: Clock
  readonly metrics: Metrics
  readonly lifeBlocks: bigint
  readonly maxLifeBlocks: bigint
}

/**
 * The decision on a verified ask: nonce ▸ rates of SPs ▸ height and store ▸ policy ▸ life ▸ reserve ▸ sign ▸ journal.
 *
 * We sign before the journal is written and keep the finished bytes in it: a remote signer need not be deterministic,
 * and after a crash the same ask must get the same bytes. A promise that was signed but not journalled is never sent.
 */
export class Decider {
  readonly #deps: DeciderDeps
  readonly #admission: AskRates
  readonly #refusals: RefusalMemory
  readonly #answers: AnswerMaker
  readonly #stopped: AbortSignal

  /** @param stopped ends what waits for policy or signer */
  constructor(deps: DeciderDeps, admission: AskRates, refusals: RefusalMemory, stopped: AbortSignal) {
    this.#deps = deps
    this.#admission = admission
    this.#refusals = refusals
    this.#answers = new AnswerMaker(deps.operatorAddress, deps.signer)
    this.#stopped = stopped
  }

  async decide(ask: VerifiedAsk): Promise<Outcome> {
    const known = this.#decidedBefore(ask)
    if (known !== undefined) return known
    const limited = this.#admission.verified(ask.asker, ask.tier)
    if (limited !== undefined) return denied(limited)
    if (!this.#refusals.hasRoom(ask.key, ask.asker)) {
      return denied(fault('BUSY', 'refusals', 'no refusal more can be remembered while so many asks are fresh'))
    }
    const height = this.#height()
    if (typeof height !== 'bigint') return denied(height)
    const decision = await this.#policy(this.#facts(ask.ask.task, ask.asker, 0))
    if ('denial' in decision) return denied(decision.denial)
    if (decision.outcome === 'refuse') {
      const { rule, code, reason } = decision
      return this.#refuse(ask, { outcome: 'refused', rule, code, reason })
    }
    return await this.#promise(ask, height, decision)
  }

  /**
   * What would be decided, without counting, reserving or answering.
   * @throws NotRunningError
   */
  async explain(task: ReplicatePieceApprovalTask, asker: SpAddress): Promise<PolicyDecision> {
    const facts = this.#facts(task, asker, 1)
    const decision = await this.#ask(facts)
    if (decision.outcome === 'refuse') return decision
    // The life does not depend on the height it is counted from.
    const life = grantHeight(task, 0n as Height, this.#deps)
    if (!life.ok) return { outcome: 'refuse', rule: life.denial.rule, code: 'TOO_LARGE', reason: life.denial.reason }
    const fit = this.#deps.ledger.wouldFit(asker, facts.objectId, facts.reservationBytes)
    return fit.ok ? decision : { outcome: 'refuse', rule: 'capacity', code: 'NO_CAPACITY', reason: fit.reason }
  }

  /** An ask with a nonce that was decided on gets the same answer, or none. */
  #decidedBefore(ask: VerifiedAsk): Outcome | undefined {
    const grant = this.#deps.ledger.find(ask.asker, ask.objectId)
    const verdict = judgeNonce(ask, grant, this.#refusals.get(ask.key))
    if (verdict === 'new') return undefined
    if (typeof verdict !== 'string') return denied(verdict)
    const answer = verdict === 'same-grant' && grant && this.#answers.repeat(ask.ask.task, grant)
    return { type: 'repeated', answer: answer || undefined }
  }

  async #promise(ask: VerifiedAsk, height: Height, decision: PolicyDecision): Promise<Outcome> {
    const { ledger, clock } = this.#deps
    const { asker, objectId, createTime, askDigest } = ask
    const { task, bytes } = ask.ask
    const life = grantHeight(task, height, this.#deps)
    if (!life.ok) return this.#refuse(ask, life.denial)
    const reservedBytes = reservationBytes(task)
    const recordBytes = 2 * bytes.length + ANSWER_EXTRA_BYTES
    const reservation = ledger.reserve(asker, objectId, reservedBytes, recordBytes)
    if (!reservation.ok) {
      const { code, reason } = reservation
      if (code === 'BUSY') return denied(fault('BUSY', 'ledger', reason))
      return this.#refuse(ask, { outcome: 'refused', code, rule: 'capacity', reason })
    }
    const { hold } = reservation
    try {
      const answer = await this.#sign(task, life.until)
      const grant: Grant = {
        key: hold.key,
        asker,
        objectId,
        taskKey: taskKey(task.objectInfo),
        reservedBytes,
        expiredHeight: life.until,
        grantedHeight: height,
        grantedAt: clock.now(),
        createTime,
        askDigest,
        ask: bytes,
        answer,
        state: 'live'
      }
      await ledger.commit(hold, grant)
      return { type: 'granted', answer, grant, decision }
    } catch (error) {
      // Ours to mend, not the peer's: it may ask again with the same nonce.
      return denied(this.#faultOf('BUSY', 'promise', error))
    } finally {
      ledger.abandon(hold)
    }
  }

  async #sign(task: ReplicatePieceApprovalTask, until: Height): Promise<Uint8Array> {
    const { clock, metrics } = this.#deps
    const begun = clock.monotonic()
    const answer = await this.#answers.make(task, until, this.#stopped)
    metrics.signDuration.observe((clock.monotonic() - begun) / 1_000)
    return answer
  }

  /** The height to count from, when the store may take promises. */
  #height(): Height | Denial {
    let height: Height
    try {
      height = this.#deps.heights.height()
    } catch (error) {
      return fault('CHAIN_UNAVAILABLE', 'height', messageOf(error))
    }
    const health = this.#deps.ledger.health(height)
    if (health.state === 'ready') return height
    return fault('BUSY', 'store', `${health.reason}; nothing is granted until height ${health.until} has passed`)
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

  /** A policy of the embedder's own may not look at the signal: nobody waits for it all the same. */
  #ask(facts: PolicyFacts): Promise<PolicyDecision> {
    const signal = this.#stopped
    return unlessAborted(signal, () => this.#deps.policy.decide(facts, { signal }))
  }

  #faultOf(code: Denial['code'], rule: string, error: unknown): Denial {
    return this.#stopped.aborted && error === this.#stopped.reason
      ? fault('SHUTTING_DOWN', 'stop', 'we are stopping')
      : fault(code, rule, messageOf(error))
  }

  /** @param uncounted asks to add, since the admission has not seen them */
  #facts(task: ReplicatePieceApprovalTask, asker: SpAddress, uncounted: number): PolicyFacts {
    const { objectInfo, storageParams } = task
    const objectId = objectInfo?.id || '0'
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
      freeBytes: this.#deps.ledger.freeBytes({ asker, objectId }),
      asksLastMinute: this.#admission.asksLastMinute(asker) + uncounted,
      now: this.#deps.clock.now()
    }
  }

  /** Final for its nonce. */
  #refuse({ key, asker, createTime, askDigest, ask }: VerifiedAsk, denial: Denial): Outcome {
    const until = Number(createTime + BigInt(ASK_FRESH_SECONDS) + CLOCK_MARGIN_SECONDS) * 1_000
    this.#refusals.remember(key, { asker, createTime, askDigest, denial, until }, ask.bytes)
    return denied(denial)
  }
}

const denied = (denial: Denial): Outcome => ({ type: 'denied', answer: undefined, denial })

const fault = (code: Denial['code'], rule: string, reason: string): Denial => ({
  outcome: 'error',
  code,
  rule,
  reason
})
