import type { HeightSource, SpRegistry } from '../../chain/index.js'
import { parseSpAddress } from '../../codec/address.js'
import { ASK_RULES } from '../../constants.js'
import { checkAskShape, checkDataChunks, checkFreshness } from '../../domain/ask-check.js'
import type { SpAddress } from '../../domain/brands.js'
import { type Grant, grantKey } from '../../domain/grant.js'
import type { PolicyDecision } from '../../domain/policy-rules.js'
import { type Denial, errorDenial } from '../../domain/refusal.js'
import { inService, type SpEntry } from '../../domain/registry.js'
import type { ReplicatePieceApprovalTask } from '../../domain/task.js'
import { taskKey } from '../../domain/task-key.js'
import { messageOf, NotRunningError } from '../../errors.js'
import type { GrantLedger } from '../../grants/index.js'
import type { Secp256k1Backend } from '../../identity/index.js'
import { aborted, sharedAbort } from '../../kit/abort.js'
import type { Clock } from '../../kit/clock.js'
import { KeyedQueue } from '../../kit/serial-queue.js'
import { componentLogger, type Logger } from '../../logger.js'
import type { Metrics } from '../../metrics.js'
import type { ApprovalPolicy } from '../../policy/index.js'
import type { Trust } from '../../trust/index.js'
import type { AskHandler, InboundAsk, Verdict } from '../wire.js'
import { AskRates } from './ask-rates.js'
import { Decider, type Decision, type VerifiedAsk } from './decider.js'
import { type DecisionDetail, DecisionReport, type Subject } from './decision-report.js'
import { RefusalMemory } from './refusal-memory.js'

export interface ApproverDeps {
  readonly operatorAddress: SpAddress
  /** Says what a verification costs. */
  readonly backend: Secp256k1Backend['name']
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

/** Asks decided or waiting at once; each holds its task in memory. */
const IN_WORK = 4_096

/** An ask that passed every check but the signature's. */
type Admitted = Omit<VerifiedAsk, 'ask' | 'wire' | 'askDigest'>

/**
 * The approver of other SPs' asks. The order of work, cheapest first: shape ▸ listed and in service ▸ standing of the
 * peer ▸ rates of peers ▸ the same message again ▸ budget of verifications ▸ signature ▸ then the decision
 * ({@link Decider}), one at a time per object.
 */
export class Approver {
  readonly #deps: ApproverDeps
  readonly #rates: AskRates
  readonly #refusals: RefusalMemory
  readonly #decider: Decider
  readonly #report: DecisionReport
  /** By (asker, object). */
  readonly #turns = new KeyedQueue<string>()
  /** By fingerprint. */
  readonly #deciding = new Map<string, Promise<Decision>>()
  readonly #inWork = new Set<Promise<unknown>>()
  /** Ends what still runs when a stop is over. */
  readonly #stopped = sharedAbort()
  #stopping = false

  constructor(deps: ApproverDeps) {
    this.#deps = { ...deps, logger: componentLogger(deps.logger, 'protocols/granting/approver') }
    this.#rates = new AskRates(deps.policy, deps.clock, deps.backend)
    this.#refusals = new RefusalMemory(deps.clock)
    this.#decider = new Decider({
      ...deps,
      rates: this.#rates,
      refusals: this.#refusals,
      stopped: this.#stopped.signal
    })
    this.#report = new DecisionReport(deps)
  }

  readonly handle: AskHandler = async ask => {
    const work = this.#handle(ask).catch((error: unknown) => {
      this.#deps.logger.error({ error: messageOf(error), from: ask.from }, 'an ask was not decided')
      return this.#deny(ask, undefined, errorDenial('INTERNAL', 'approver', messageOf(error)))
    })
    this.#inWork.add(work)
    try {
      const verdict = await work
      return this.#stopped.signal.aborted ? STOPPING : verdict
    } finally {
      this.#inWork.delete(work)
    }
  }

  /** What would be decided now: nothing is counted, reserved or answered. */
  explain(task: ReplicatePieceApprovalTask, asker: SpAddress): Promise<PolicyDecision> {
    return this.#decider.explain(task, asker)
  }

  /**
   * Decides nothing new and waits for what is in work. Once `signal` aborts, what waits for a policy or signer is broken
   * off, what is being written is kept, and nothing more is answered. Afterwards nothing runs.
   */
  async stop({ signal = new AbortController().signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    this.#stopping = true
    const over = aborted(signal)
    while (this.#inWork.size > 0 && !signal.aborted) await Promise.race([Promise.allSettled(this.#inWork), over])
    this.#stopped.abort(new NotRunningError('decide', 'stopping'))
    await Promise.allSettled(this.#inWork)
  }

  async #handle(ask: InboundAsk): Promise<Verdict> {
    const claimed = parseSpAddress(ask.task.askSpOperatorAddress)
    const admitted = this.#admit(ask, claimed)
    if ('code' in admitted) return this.#deny(ask, claimed, admitted)
    const subject: Subject = { ...subjectOf(ask, admitted.asker), verified: true }
    const grant = await this.#deps.ledger.find(admitted.asker, admitted.objectId)
    const known = this.#sameMessage(ask, admitted, grant)
    if (known !== undefined) {
      this.#report.repeated(subject)
      return await known
    }
    const digest = this.#verify(ask, admitted)
    if (typeof digest !== 'string') return this.#deny(ask, admitted.asker, digest)
    const askedBy = admitted.tier === 'pinned' ? ask.from : undefined
    const decision = await this.#decide({ ask, wire: ask.wire, askDigest: digest, askedBy, ...admitted })
    this.#report.decided(subject, decision)
    return decision
  }

  /** Everything that costs no hash and no curve. */
  #admit(ask: InboundAsk, claimed: SpAddress | undefined): Admitted | Denial {
    if (this.#stopping) return STOPPING
    if (this.#inWork.size >= IN_WORK) return errorDenial('BUSY', 'in-work', `${this.#inWork.size} asks are in work`)
    const { task, unanswerable } = ask
    const nonce = task.task?.createTime ?? 0n
    const now = BigInt(Math.floor(this.#deps.clock.now() / 1_000))
    const malformed = checkAskShape(task, ASK_RULES)
    if (malformed !== undefined) return malformed
    if (unanswerable !== undefined) return errorDenial('BAD_TASK', 'task', `ask: ${unanswerable}`)
    const stale = checkFreshness(nonce, now, ASK_RULES)
    if (stale !== undefined) return stale
    if (claimed === undefined) return errorDenial('UNKNOWN_SP', 'listing', 'ask_sp_operator_address is not an address')
    const listed = this.#listed(claimed)
    if ('code' in listed) return listed
    const wrongChunks = checkDataChunks(task, listed)
    if (wrongChunks !== undefined) return wrongChunks
    const { tier } = this.#deps.trust.of(claimed, ask.from)
    if (tier === 'refused') return errorDenial('UNKNOWN_SP', 'standing', `${ask.from} does not speak for ${claimed}`)
    const objectId = task.objectInfo?.id || '0'
    const admitted = { asker: claimed, tier, objectId, nonce, key: grantKey(claimed, objectId) }
    return this.#rates.peer(ask, tier) ?? admitted
  }

  #listed(asker: SpAddress): SpEntry | Denial {
    if (asker === this.#deps.operatorAddress)
      return errorDenial('UNKNOWN_SP', 'listing', 'the ask names ourselves as asker')
    let entry: SpEntry | undefined
    try {
      entry = this.#deps.registry.get(asker)
    } catch (error) {
      return errorDenial('CHAIN_UNAVAILABLE', 'list', messageOf(error))
    }
    if (entry === undefined) return errorDenial('UNKNOWN_SP', 'listing', `${asker} is not listed`)
    if (inService(entry)) return entry
    return { outcome: 'refused', code: 'NOT_IN_SERVICE', rule: 'listing', reason: `${asker} is ${entry.status}` }
  }

  /** The decision on the same message, made or in progress: it needs no second verification. */
  #sameMessage(
    { fingerprint }: InboundAsk,
    { key }: Admitted,
    grant: Grant | undefined
  ): Verdict | Promise<Verdict> | undefined {
    if (grant?.fingerprint === fingerprint) return { outcome: 'repeated', grant }
    const deciding = this.#deciding.get(fingerprint)
    if (deciding !== undefined) return deciding
    const refusal = this.#refusals.get(key)
    return refusal?.fingerprint === fingerprint ? { outcome: 'repeated', denial: refusal.denial } : undefined
  }

  /** The ask's digest, once its signature is good. */
  #verify(ask: InboundAsk, { asker, tier }: Admitted): string | Denial {
    const exhausted = this.#rates.verification(tier, ask.recordSize)
    if (exhausted !== undefined) return exhausted
    const { clock, metrics } = this.#deps
    const begun = clock.monotonic()
    const digest = ask.verify(asker)
    metrics.verifyDuration.observe((clock.monotonic() - begun) / 1_000)
    return digest ?? errorDenial('BAD_SIGNATURE', 'signature', `ask_signature is not ${asker}’s over this task`)
  }

  /** One decision at a time for an object: the next ask sees what the one before it came to. */
  async #decide(verified: VerifiedAsk): Promise<Decision> {
    const { fingerprint } = verified.ask
    const decision = this.#turns.run(verified.key, () => this.#decider.decide(verified))
    this.#deciding.set(fingerprint, decision)
    try {
      return await decision
    } finally {
      this.#deciding.delete(fingerprint)
    }
  }

  #deny(ask: InboundAsk, asker: SpAddress | undefined, denial: Denial): Denial {
    this.#report.decided(subjectOf(ask, asker), denial)
    return denial
  }
}

const STOPPING = errorDenial('SHUTTING_DOWN', 'stop', 'we are stopping')

const subjectOf = ({ task, from }: InboundAsk, asker: SpAddress | undefined): Subject => ({
  key: taskKey(task.objectInfo),
  asker,
  from,
  verified: false
})
