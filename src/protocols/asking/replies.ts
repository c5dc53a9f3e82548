import type { HeightSource } from '../../chain/index.js'
import { type AnswerRejection, heightInBounds, type LifeBounds } from '../../domain/answer.js'
import type { Height, PeerIdString, SpAddress } from '../../domain/brands.js'
import type { SpApprovalEvents } from '../../events.js'
import { componentLogger, type Logger } from '../../logger.js'
import type { Metrics } from '../../metrics.js'
import type { PeerDirectory } from '../../peers/index.js'
import type { Trust } from '../../trust/index.js'
import type { Reply, ReplyClaim, ReplyListener } from '../wire.js'
import type { AskSession } from './ask-session.js'
import type { Roster } from './roster.js'

export interface RepliesInit {
  readonly self: { readonly sp: SpAddress; readonly peerId: PeerIdString }
  readonly heights: HeightSource
  readonly life: LifeBounds
  readonly trust: Trust
  readonly directory: Pick<PeerDirectory, 'candidates' | 'contacted' | 'proved'>
  readonly roster: Roster
  readonly logger: Logger
  readonly metrics: Metrics
  readonly emit: <K extends keyof SpApprovalEvents>(type: K, detail: SpApprovalEvents[K]['detail']) => void
}

type Approval = Extract<Reply, { kind: 'approval' }>
type Refusal = Extract<Reply, { kind: 'refusal' }>

/** The replies to one ask, from whatever wire: which of them count, and what each says about its node. */
export class Replies implements ReplyListener {
  readonly #init: RepliesInit
  readonly #session: AskSession

  constructor(init: RepliesInit, session: AskSession) {
    this.#init = { ...init, logger: componentLogger(init.logger, 'protocols/asking/replies') }
    this.#session = session
  }

  screen(claim: ReplyClaim): boolean {
    return this.#guarded(() => {
      const why = this.#whyNot(claim)
      if (why === 'duplicate') this.#repeated(claim)
      else if (why !== undefined) this.#rejected(claim.sp, claim.peerId, why)
      return why === undefined
    })
  }

  onReply(reply: Reply): void {
    this.#guarded(() => {
      if (reply.kind === 'approval') this.#approved(reply)
      else if (reply.kind === 'refusal') this.#refused(reply)
      else this.#rejected(reply.sp, reply.peerId, reply.why)
      return true
    })
  }

  /**
   * Why a reply cannot count, cheapest check first; one of an SP that has approved costs no verification.
   * @throws ChainUnavailableError when the list is past its age
   */
  #whyNot({ sp, peerId, expiredHeight }: ReplyClaim): AnswerRejection | 'duplicate' | undefined {
    const { self, trust, life } = this.#init
    if (sp === self.sp) return 'ourselves'
    const speaker = trust.of(sp, peerId)
    if (!speaker.maySpeak) return speaker.reason
    if (this.#session.quorum?.hasApproved(sp)) return 'duplicate'
    const height = this.#height()
    // While no height is trusted nothing counts.
    return height !== undefined && heightInBounds(expiredHeight, height, life) ? undefined : 'height'
  }

  #approved({ sp, peerId, expiredHeight, signature, wire }: Approval): void {
    const { roster, directory, metrics, emit } = this.#init
    const session = this.#session
    const approval = { sp, peerId, expiredHeight, signature, protocol: wire, elapsedMs: session.elapsedMs }
    roster.answered(session, peerId)
    directory.contacted(peerId, { ok: true })
    const asked = session.quorum?.wasSentTo(peerId)
    const counted = session.approve(approval)
    metrics.approvalsReceived.inc({ result: counted === 'first' ? 'approved' : counted })
    if (counted !== 'first') return
    // Brought by a node that we did not ask, it may have been picked up anywhere.
    if (asked) directory.proved(peerId, sp)
    emit('approval:received', { key: session.key, approval })
  }

  #refused({ sp, peerId, code, reason }: Refusal): void {
    const { roster, directory, metrics, logger, emit } = this.#init
    const session = this.#session
    roster.answered(session, peerId)
    directory.contacted(peerId, { ok: true })
    const counted = session.refuse(sp, peerId, { code, reason })
    metrics.approvalsReceived.inc({ result: counted === 'first' ? 'refused' : counted })
    if (counted !== 'first') return
    logger.debug({ key: session.key, from: peerId, sp, code, reason }, 'refused')
    emit('approval:refused', { key: session.key, sp, code, reason })
  }

  #repeated({ sp, peerId }: ReplyClaim): void {
    this.#init.metrics.approvalsReceived.inc({ result: 'duplicate' })
    const { quorum } = this.#session
    if (!quorum?.wasSentTo(peerId)) return
    this.#init.roster.answered(this.#session, peerId)
    quorum.repeated(sp, peerId)
  }

  #rejected(sp: SpAddress | undefined, from: PeerIdString, why: AnswerRejection): void {
    const { metrics, logger, emit } = this.#init
    const { key } = this.#session
    metrics.approvalsReceived.inc({ result: why })
    logger.debug({ key, from, sp, why }, 'answer does not count')
    if (sp === undefined) return
    this.#session.quorum?.reject(sp, why, from)
    emit('approval:rejected', { key, sp, why })
  }

  #height(): Height | undefined {
    try {
      return this.#init.heights.height()
    } catch {
      return undefined
    }
  }

  /** A fault of our own, e.g. a list past its age, ends the ask and not the connection that the reply came over. */
  #guarded(step: () => boolean): boolean {
    try {
      return step()
    } catch (error) {
      this.#session.fail(error)
      return false
    }
  }
}
