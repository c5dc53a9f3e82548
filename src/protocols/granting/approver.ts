import type { HeightSource, SpRegistry } from '../../chain/index.js'
import { parseSpAddress } from '../../codec/address.js'
import { taskDigests } from '../../codec/digest.js'
import { ASK_FRESH_SECONDS, MAX_DATA_CHUNKS, MAX_TASK_BYTES, MIN_DATA_CHUNKS } from '../../constants.js'
import { checkAskShape, checkDataChunks, checkFreshness } from '../../domain/ask-check.js'
import type { SpAddress } from '../../domain/brands.js'
import { grantKey } from '../../domain/grant.js'
import type { PolicyDecision } from '../../domain/policy-rules.js'
import type { Denial } from '../../domain/refusal.js'
import { inService, type SpEntry } from '../../domain/registry.js'
import type { ReplicatePieceApprovalTask } from '../../domain/task.js'
import { taskKey } from '../../domain/task-key.js'
import { messageOf, NotRunningError } from '../../errors.js'
import type { GrantLedger } from '../../grants/index.js'
import type { Signer, Verifier } from '../../identity/index.js'
import { signedBy } from '../../identity/verifier.js'
import { aborted, sharedAbort } from '../../kit/abort.js'
import type { Clock } from '../../kit/clock.js'
import type { Logger } from '../../logger.js'
import type { Metrics } from '../../metrics.js'
import type { ApprovalPolicy } from '../../policy/index.js'
import type { Tier, Trust } from '../../trust/index.js'
import type { AskHandler, InboundTask } from '../v0-port.js'
import { ANSWER_EXTRA_BYTES } from './approver-answer.js'
import { Decider, type Outcome, type VerifiedAsk } from './approver-decision.js'
import { ApproverReport, type DecisionDetail, type Subject } from './approver-report.js'
import { AskRates } from './ask-rates.js'
import { RefusalMemory } from './refusal-memory.js'

export interface ApproverDeps {
  readonly operatorAddress: SpAddress
  readonly signer: Signer
  readonly verifier: Verifier
  readonly registry: SpRegistry
  readonly heights: HeightSource
  readonly policy: ApprovalPolicy
  readonly ledger: GrantLedger
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly trust: Trust
  readonly lifeBlocks: bigint
  readonly maxLifeBlocks: bigint
  readonly onDecision: (detail: DecisionDetail) => void
}

export interface Approver {
  /** Never rejects. `undefined`: nothing to send, since 0.0.1 cannot say no. */
  readonly handle: AskHandler
  /** What would be decided now: nothing is counted, reserved or answered. */
  explain(task: ReplicatePieceApprovalTask, asker: SpAddress): Promise<PolicyDecision>
  /**
   * Decides nothing new and waits for what is in work. Once `signal` aborts, what waits for a policy or signer is broken
   * off, what is being written is kept, and nothing more is answered. Afterwards nothing runs.
   */
  stop(options?: { readonly signal?: AbortSignal }): Promise<void>
}

const ASK_RULES = {
  freshSeconds: ASK_FRESH_SECONDS,
  minDataChunks: MIN_DATA_CHUNKS,
  maxDataChunks: MAX_DATA_CHUNKS
}

/** Asks decided or waiting at once; each holds its task in memory. */
const IN_WORK = 4_096

/** The approver of other SPs' asks; see {@link Approver}. */
export const createApprover = (deps: ApproverDeps): Approver => new GfspApprover(deps)

/** An ask that passed every check but the signature's. */
interface Admitted {
  readonly asker: SpAddress
  readonly tier: Exclude<Tier, 'refused'>
  readonly objectId: string
  readonly createTime: bigint
  /** Of (asker, object). */
  readonly key: string
}

interface InWork {
  readonly bytes: Uint8Array
  readonly outcome: Promise<Outcome>
}

/**
 * The order of work, cheapest first: shape ▸ listed and in service ▸ standing of the peer ▸ rates of peers ▸ the same
 * bytes again ▸ budget of verifications ▸ signature ▸ then the decision ({@link Decider}), one at a time per object.
 */
class GfspApprover implements Approver {
  readonly #deps: ApproverDeps
  readonly #admission: AskRates
  readonly #refusals: RefusalMemory
  readonly #decider: Decider
  readonly #report: ApproverReport
  /** By (asker, object). */
  readonly #deciding = new Map<string, InWork>()
  readonly #inWork = new Set<Promise<unknown>>()
  /** Ends what still runs when a stop is over. */
  readonly #stopped = sharedAbort()
  #stopping = false

  constructor(deps: ApproverDeps) {
    this.#deps = deps
    this.#admission = new AskRates(deps.policy, deps.clock, deps.verifier.backend)
    this.#refusals = new RefusalMemory(deps.clock)
    this.#decider = new Decider(deps, this.#admission, this.#refusals, this.#stopped.signal)
    this.#report = new ApproverReport(deps.metrics, deps.logger, deps.clock, deps.onDecision)
  }

  readonly handle: AskHandler = async ask => {
    const work = this.#handle(ask).catch((error: unknown) => {
      this.#deps.logger.error({ error: messageOf(error), from: ask.from }, 'an ask was not decided')
      return this.#deny(ask, undefined, fault('INTERNAL', 'approver', messageOf(error)))
    })
    this.#inWork.add(work)
    try {
      const answer = await work
      return this.#stopped.signal.aborted ? undefined : answer
    } finally {
      this.#inWork.delete(work)
    }
  }

  explain(task: ReplicatePieceApprovalTask, asker: SpAddress): Promise<PolicyDecision> {
    return this.#decider.explain(task, asker)
  }

  async stop({ signal = new AbortController().signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    this.#stopping = true
    const over = aborted(signal)
    while (this.#inWork.size > 0 && !signal.aborted) await Promise.race([Promise.allSettled(this.#inWork), over])
    this.#stopped.abort(new NotRunningError('decide', 'stopping'))
    await Promise.allSettled(this.#inWork)
  }

  async #handle(ask: InboundTask): Promise<Uint8Array | undefined> {
    const claimed = parseSpAddress(ask.task.askSpOperatorAddress)
    const admitted = this.#admit(ask, claimed)
    if ('code' in admitted) return this.#deny(ask, claimed, admitted)
    const subject = subjectOf(ask, admitted.asker)
    const known = this.#sameBytes(ask, admitted)
    if (known !== undefined) {
      this.#report.repeated({ ...subject, verified: true })
      return (await known).answer
    }
    const digest = this.#verify(ask, admitted)
    if (typeof digest !== 'string') return this.#deny(ask, admitted.asker, digest)
    const outcome = await this.#decide({ ...admitted, ask, askDigest: digest })
    return this.#answer({ ...subject, verified: true }, outcome)
  }

  /** Everything that costs no hash and no curve. */
  #admit(ask: InboundTask, claimed: SpAddress | undefined): Admitted | Denial {
    if (this.#stopping) return fault('SHUTTING_DOWN', 'stop', 'we are stopping')
    if (this.#inWork.size >= IN_WORK) return fault('BUSY', 'in-work', `${this.#inWork.size} asks are in work`)
    const { task } = ask
    const createTime = task.task?.createTime ?? 0n
    const now = BigInt(Math.floor(this.#deps.clock.now() / 1_000))
    const malformed = checkAskShape(task, ASK_RULES) ?? checkSize(ask) ?? checkFreshness(createTime, now, ASK_RULES)
    if (malformed !== undefined) return malformed
    if (claimed === undefined) return fault('UNKNOWN_SP', 'listing', 'ask_sp_operator_address is not an address')
    const listed = this.#listed(claimed)
    if ('code' in listed) return listed
    const wrongChunks = checkDataChunks(task, listed)
    if (wrongChunks !== undefined) return wrongChunks
    const { tier } = this.#deps.trust.of(claimed, ask.from)
    if (tier === 'refused') return fault('UNKNOWN_SP', 'standing', `${ask.from} does not speak for ${claimed}`)
    const objectId = task.objectInfo?.id || '0'
    return (
      this.#admission.peer(ask, tier) ?? {
        asker: claimed,
        tier,
        objectId,
        createTime,
        key: grantKey(claimed, objectId)
      }
    )
  }

  #listed(asker: SpAddress): SpEntry | Denial {
    if (asker === this.#deps.operatorAddress) return fault('UNKNOWN_SP', 'listing', 'the ask names ourselves as asker')
    let entry: SpEntry | undefined
    try {
      entry = this.#deps.registry.get(asker)
    } catch (error) {
      return fault('CHAIN_UNAVAILABLE', 'list', messageOf(error))
    }
    if (entry === undefined) return fault('UNKNOWN_SP', 'listing', `${asker} is not listed`)
    if (inService(entry)) return entry
    return { outcome: 'refused', code: 'NOT_IN_SERVICE', rule: 'listing', reason: `${asker} is ${entry.status}` }
  }

  /** The answer to bytes that were verified before, or are being decided: they need no second verification. */
  #sameBytes({ bytes }: InboundTask, { asker, objectId, key }: Admitted): Outcome | Promise<Outcome> | undefined {
    const grant = this.#deps.ledger.find(asker, objectId)
    if (grant !== undefined && Buffer.compare(grant.ask, bytes) === 0) return { type: 'repeated', answer: grant.answer }
    const deciding = this.#deciding.get(key)
    if (deciding !== undefined && Buffer.compare(deciding.bytes, bytes) === 0) return deciding.outcome
    return this.#refusals.ofBytes(key, bytes) === undefined ? undefined : { type: 'repeated', answer: undefined }
  }

  /** The ask's digest, once its signature is good. */
  #verify({ task }: InboundTask, { asker, tier }: Admitted): string | Denial {
    const exhausted = this.#admission.verification(tier)
    if (exhausted !== undefined) return exhausted
    const { verifier, clock, metrics } = this.#deps
    const begun = clock.monotonic()
    const digests = taskDigests(task, 0n)
    const good = signedBy(verifier, digests, task.askSignature, asker)
    metrics.verifyDuration.observe((clock.monotonic() - begun) / 1_000)
    // The first one is the long spelling: that one names the ask.
    const [digest] = digests
    if (good && digest !== undefined) return Buffer.from(digest).toString('hex')
    return fault('BAD_SIGNATURE', 'signature', `ask_signature is not ${asker}’s over this task`)
  }

  /** One decision at a time for an object: the next ask sees what the one before it came to. */
  async #decide(verified: VerifiedAsk): Promise<Outcome> {
    const { key, ask } = verified
    for (let before = this.#deciding.get(key); before !== undefined; before = this.#deciding.get(key)) {
      await before.outcome.catch(() => undefined)
    }
    const outcome = this.#decider.decide(verified)
    this.#deciding.set(key, { bytes: ask.bytes, outcome })
    try {
      return await outcome
    } finally {
      this.#deciding.delete(key)
    }
  }

  #answer(subject: Subject, outcome: Outcome): Uint8Array | undefined {
    if (outcome.type === 'repeated') this.#report.repeated(subject)
    else if (outcome.type === 'granted') this.#report.granted(subject, outcome.grant, outcome.decision)
    else this.#report.denied(subject, outcome.denial)
    return outcome.answer
  }

  #deny(ask: InboundTask, asker: SpAddress | undefined, denial: Denial): undefined {
    this.#report.denied(subjectOf(ask, asker), denial)
  }
}

const subjectOf = ({ task, from }: InboundTask, asker: SpAddress | undefined): Subject => ({
  key: taskKey(task.objectInfo),
  asker,
  from,
  verified: false
})

/** The answer is the ask and a little more; it must fit the wire's cap too. */
function checkSize({ bytes }: InboundTask): Denial | undefined {
  const most = MAX_TASK_BYTES - ANSWER_EXTRA_BYTES
  return bytes.length <= most
    ? undefined
    : fault('BAD_TASK', 'task', `ask: expected at most ${most} bytes, got ${bytes.length}`)
}

const fault = (code: Denial['code'], rule: string, reason: string): Denial => ({
  outcome: 'error',
  code,
  rule,
  reason
})
