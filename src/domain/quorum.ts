import type { AnswerRejection, Approval } from './answer.js'
import type { PeerIdString, SpAddress } from './brands.js'
import type { Denial } from './refusal.js'

/**
 * Collecting the answers of one ask, as a state machine without clocks or sockets: events in, verdict out.
 *
 * ```
 * collecting ── max distinct SPs ──────────────▶ approved
 *     │ ─────── nobody can still answer, ≥ min ▶ approved
 *     │ ─────── nobody can still answer, < min ▶ insufficient
 *     │ ─────── deadline ─────────────────────▶ approved | insufficient
 *     └──────── cancel ───────────────────────▶ cancelled
 * ```
 * A *contact* is one node the ask is sent to. Who stands behind it is known from the registry or the peer book, or
 * learned from its answer; `min` and `max` count distinct SPs, never contacts.
 */
export type Verdict = 'approved' | 'insufficient' | 'cancelled'

export interface Contact {
  readonly peerId: PeerIdString
  /** Unknown for a bootstrap node that has not told its SP yet. */
  readonly sp: SpAddress | undefined
}

/** Names anyone can write are shown, up to here. */
const MAX_REJECTED = 256

type ContactState = { state: 'waiting' | 'answered' } | { state: 'failed'; error: string }

/** What became of an answer: `first` counts, `duplicate` and `late` are dropped. */
export type Counted = 'first' | 'duplicate' | 'late'

export interface Collected {
  readonly approvals: readonly Approval[]
  readonly refusals: readonly { readonly sp: SpAddress; readonly code: string; readonly reason: string }[]
  readonly rejected: readonly { readonly sp: SpAddress; readonly why: AnswerRejection }[]
  /** SPs that were reached and did not answer. */
  readonly silent: readonly SpAddress[]
  /** SPs none of whose nodes could be reached. */
  readonly failed: readonly { readonly sp: SpAddress; readonly error: string }[]
  /** Nodes of unknown SPs that did not answer or could not be reached. */
  readonly unknown: readonly { readonly peerId: PeerIdString; readonly error: string }[]
}

export class Quorum {
  readonly #contacts = new Map<PeerIdString, ContactState & { readonly sp: SpAddress | undefined }>()
  readonly #approvals = new Map<SpAddress, Approval>()
  readonly #refusals = new Map<SpAddress, Denial>()
  readonly #rejected = new Map<SpAddress, AnswerRejection>()
  #waiting = 0
  #verdict: Verdict | undefined

  constructor(
    readonly min: number,
    readonly max: number,
    contacts: Iterable<Contact>
  ) {
    for (const { peerId, sp } of contacts) {
      if (this.#contacts.has(peerId)) continue
      this.#contacts.set(peerId, { sp, state: 'waiting' })
      this.#waiting++
    }
    this.#judge()
  }

  get verdict(): Verdict | undefined {
    return this.#verdict
  }

  get approved(): number {
    return this.#approvals.size
  }

  hasApproved(sp: SpAddress): boolean {
    return this.#approvals.has(sp)
  }

  /** A checked approval arrived. Only the first of an SP counts, and only while we collect. */
  approve(approval: Approval): Counted {
    if (this.#verdict !== undefined) return 'late'
    this.#answered(approval.peerId)
    const counted = this.#approvals.has(approval.sp) ? 'duplicate' : 'first'
    if (counted === 'first') {
      this.#approvals.set(approval.sp, approval)
      this.#waitNoLongerFor(approval.sp)
      this.#refusals.delete(approval.sp)
      this.#rejected.delete(approval.sp)
    }
    this.#judge()
    return counted
  }

  /** An SP said no. An approval of a sibling node outweighs it. */
  refuse(sp: SpAddress, peerId: PeerIdString, denial: Denial): Counted {
    if (this.#verdict !== undefined) return 'late'
    this.#answered(peerId)
    const counted = this.#refusals.has(sp) || this.#approvals.has(sp) ? 'duplicate' : 'first'
    if (counted === 'first') this.#refusals.set(sp, denial)
    this.#judge()
    return counted
  }

  /** An answer in this SP's name did not count. It says nothing about the contact: anyone can write a name. */
  reject(sp: SpAddress, why: AnswerRejection): void {
    if (this.#verdict !== undefined || this.#approvals.has(sp)) return
    if (this.#rejected.size < MAX_REJECTED || this.#rejected.has(sp)) this.#rejected.set(sp, why)
  }

  /** The ask did not get through to this node. */
  fail(peerId: PeerIdString, error: string): void {
    const contact = this.#contacts.get(peerId)
    if (this.#verdict !== undefined || contact === undefined || contact.state !== 'waiting') return
    this.#contacts.set(peerId, { sp: contact.sp, state: 'failed', error })
    this.#waiting--
    this.#judge()
  }

  /** The SP left the list while we collected: its approval no longer counts, and a verdict built on it falls. */
  revoke(sp: SpAddress, why: AnswerRejection): void {
    if (this.#verdict === 'cancelled' || !this.#approvals.delete(sp)) return
    this.#rejected.set(sp, why)
    if (this.#verdict === 'approved' && this.#waiting > 0) this.#verdict = undefined
    else if (this.#verdict === 'approved' && this.#approvals.size < this.min) this.#verdict = 'insufficient'
  }

  /** Time is up. */
  deadline(): Verdict {
    this.#verdict ??= this.#approvals.size >= this.min ? 'approved' : 'insufficient'
    return this.#verdict
  }

  cancel(): Verdict {
    this.#verdict ??= 'cancelled'
    return this.#verdict
  }

  /** Nodes that have neither answered nor failed. */
  waiting(): PeerIdString[] {
    return [...this.#contacts].filter(([, { state }]) => state === 'waiting').map(([peerId]) => peerId)
  }

  collected(): Collected {
    const silent = new Set<SpAddress>()
    const failed = new Map<SpAddress, string>()
    const unknown: { peerId: PeerIdString; error: string }[] = []
    for (const [peerId, contact] of this.#contacts) {
      const { sp } = contact
      if (sp === undefined) {
        if (contact.state !== 'answered') {
          unknown.push({ peerId, error: contact.state === 'failed' ? contact.error : 'silent' })
        }
      } else if (!this.#approvals.has(sp) && !this.#refusals.has(sp)) {
        if (contact.state === 'failed') failed.set(sp, contact.error)
        else silent.add(sp)
      }
    }
    for (const sp of silent) failed.delete(sp)
    return {
      approvals: [...this.#approvals.values()],
      refusals: [...this.#refusals]
        .filter(([sp]) => !this.#approvals.has(sp))
        .map(([sp, { code, reason }]) => ({ sp, code, reason })),
      rejected: [...this.#rejected].map(([sp, why]) => ({ sp, why })),
      silent: [...silent],
      failed: [...failed].map(([sp, error]) => ({ sp, error })),
      unknown
    }
  }

  #answered(peerId: PeerIdString): void {
    const contact = this.#contacts.get(peerId)
    if (contact === undefined || contact.state === 'answered') return
    if (contact.state === 'waiting') this.#waiting--
    this.#contacts.set(peerId, { sp: contact.sp, state: 'answered' })
  }

  /** Whatever its other nodes still say counts no more. */
  #waitNoLongerFor(sp: SpAddress): void {
    for (const [peerId, contact] of this.#contacts) {
      if (contact.sp === sp && contact.state === 'waiting') this.#answered(peerId)
    }
  }

  #judge(): void {
    if (this.#approvals.size >= this.max) this.#verdict = 'approved'
    else if (this.#waiting === 0) this.deadline()
  }
}
