import type { AnswerRejection, Approval } from './answer.js'
import type { PeerIdString, SpAddress } from './brands.js'
import type { AskOutcome } from './fairness.js'
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
 * A *contact* is one node the ask may be sent to: first nodes at once, their siblings when those are silent. Who stands
 * behind it is known from the registry or the peer book, or learned from its answer; `min` and `max` count distinct SPs,
 * never contacts. An SP can still answer while one of its contacts is waiting or has not been asked yet.
 */
export type Verdict = 'approved' | 'insufficient' | 'cancelled'

export interface Contact {
  readonly peerId: PeerIdString
  /** Unknown for a bootstrap node that has not told its SP yet. */
  readonly sp: SpAddress | undefined
}

/** Rejected SPs that a report lists at most: an answer can name any SP. */
const MAX_REJECTED = 256

interface Node extends Contact {
  /** `unneeded`: its SP has answered before it was asked. */
  state: 'spare' | 'waiting' | 'answered' | 'failed' | 'unneeded'
  error: string
}

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
  readonly #nodes = new Map<PeerIdString, Node>()
  readonly #bySp = new Map<SpAddress, Node[]>()
  readonly #approvals = new Map<SpAddress, Approval>()
  readonly #refusals = new Map<SpAddress, Pick<Denial, 'code' | 'reason'>>()
  readonly #rejected = new Map<SpAddress, AnswerRejection>()
  /** SPs whose own node brought an answer, counted or not. */
  readonly #heard = new Set<SpAddress>()
  /** SPs that have approved: none of their contacts is open any more. */
  readonly #closed = new Set<SpAddress>()
  /** Contacts that may still bring an SP's first answer. */
  #open = 0
  #verdict: Verdict | undefined

  constructor(
    readonly min: number,
    readonly max: number,
    contacts: Iterable<Contact>
  ) {
    for (const { peerId, sp } of contacts) {
      if (this.#nodes.has(peerId)) continue
      const node: Node = { peerId, sp, state: 'spare', error: '' }
      this.#nodes.set(peerId, node)
      this.#open++
      if (sp === undefined) continue
      const siblings = this.#bySp.get(sp) ?? []
      if (siblings.push(node) === 1) this.#bySp.set(sp, siblings)
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

  /** The ask is on its way to this contact. */
  sent(peerId: PeerIdString): void {
    const node = this.#nodes.get(peerId)
    if (node?.state === 'spare') node.state = 'waiting'
  }

  wasSentTo(peerId: PeerIdString): boolean {
    const node = this.#nodes.get(peerId)
    return node !== undefined && wasSent(node)
  }

  /** A checked approval arrived. Only the first of an SP counts, and only while we collect. */
  approve(approval: Approval): Counted {
    if (this.#verdict !== undefined) return 'late'
    this.#answered(approval.peerId)
    this.#heard.add(approval.sp)
    const counted = this.#approvals.has(approval.sp) ? 'duplicate' : 'first'
    if (counted === 'first') {
      this.#waitNoLongerFor(approval.sp)
      this.#approvals.set(approval.sp, approval)
      this.#refusals.delete(approval.sp)
      this.#rejected.delete(approval.sp)
    }
    this.#judge()
    return counted
  }

  /** A node answered for its SP, whose first answer counted: nothing changes but that the node is not silent. */
  repeated(sp: SpAddress, peerId: PeerIdString): void {
    if (this.#nodes.get(peerId)?.sp === sp) this.#answered(peerId)
  }

  /** An SP said no. An approval of a sibling node outweighs it. */
  refuse(sp: SpAddress, peerId: PeerIdString, denial: Pick<Denial, 'code' | 'reason'>): Counted {
    if (this.#verdict !== undefined) return 'late'
    this.#answered(peerId)
    this.#heard.add(sp)
    const counted = this.#refusals.has(sp) || this.#approvals.has(sp) ? 'duplicate' : 'first'
    if (counted === 'first') this.#refusals.set(sp, denial)
    for (const node of this.#bySp.get(sp) ?? []) if (node.state === 'spare') this.#settle(node, 'unneeded')
    this.#judge()
    return counted
  }

  /** An answer in this SP's name did not count. It says nothing about the contact: anyone can write a name. */
  reject(sp: SpAddress, why: AnswerRejection, from?: PeerIdString): void {
    if (this.#verdict !== undefined || this.#approvals.has(sp)) return
    if (from !== undefined && this.#nodes.get(from)?.sp === sp) this.#heard.add(sp)
    if (this.#rejected.size < MAX_REJECTED || this.#rejected.has(sp)) this.#rejected.set(sp, why)
  }

  /** The ask did not get through to this node. */
  fail(peerId: PeerIdString, error: string): void {
    const node = this.#nodes.get(peerId)
    if (this.#verdict !== undefined || (node?.state !== 'spare' && node?.state !== 'waiting')) return
    this.#settle(node, 'failed')
    node.error = error
    this.#judge()
  }

  /** The SP left the list while we collected: its approval no longer counts, and a verdict built on it falls. */
  revoke(sp: SpAddress, why: AnswerRejection): void {
    if (this.#verdict === 'cancelled' || !this.#approvals.delete(sp)) return
    this.#rejected.set(sp, why)
    if (this.#verdict === 'approved' && this.#open > 0) this.#verdict = undefined
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

  /** Nodes that were sent the ask and have neither answered nor failed, whether or not a sibling answered for them. */
  waiting(): PeerIdString[] {
    return [...this.#nodes.values()].filter(({ state }) => state === 'waiting').map(({ peerId }) => peerId)
  }

  /** What the ask says about the SPs that it went to; one may have been reached by a node that had not told its SP. */
  outcome(): AskOutcome {
    const sent = [...this.#bySp].filter(([, nodes]) => nodes.some(wasSent))
    return {
      asked: new Set([...sent.map(([sp]) => sp), ...this.#heard]),
      answered: this.#heard,
      accepted: new Set(this.#approvals.keys())
    }
  }

  collected(): Collected {
    const silent: SpAddress[] = []
    const failed: { sp: SpAddress; error: string }[] = []
    for (const [sp, nodes] of this.#bySp) {
      if (this.#approvals.has(sp) || this.#refusals.has(sp)) continue
      const failure = nodes.find(({ state }) => state === 'failed')
      const reached = nodes.some(({ state }) => state === 'waiting' || state === 'answered')
      if (reached || failure === undefined) silent.push(sp)
      else failed.push({ sp, error: failure.error })
    }
    return {
      approvals: [...this.#approvals.values()],
      refusals: [...this.#refusals]
        .filter(([sp]) => !this.#approvals.has(sp))
        .map(([sp, { code, reason }]) => ({ sp, code, reason })),
      rejected: [...this.#rejected].map(([sp, why]) => ({ sp, why })),
      silent,
      failed,
      unknown: [...this.#nodes.values()]
        .filter(({ sp, state }) => sp === undefined && state !== 'answered')
        .map(({ peerId, state, error }) => ({ peerId, error: state === 'failed' ? error : 'silent' }))
    }
  }

  #answered(peerId: PeerIdString): void {
    const node = this.#nodes.get(peerId)
    if (node !== undefined) this.#settle(node, 'answered')
  }

  #settle(node: Node, state: 'answered' | 'failed' | 'unneeded'): void {
    if (this.#isOpen(node)) this.#open--
    node.state = state
  }

  #isOpen({ sp, state }: Node): boolean {
    return (state === 'spare' || state === 'waiting') && (sp === undefined || !this.#closed.has(sp))
  }

  /** Further answers of its nodes do not count. */
  #waitNoLongerFor(sp: SpAddress): void {
    for (const node of this.#bySp.get(sp) ?? []) if (this.#isOpen(node)) this.#open--
    this.#closed.add(sp)
  }

  #judge(): void {
    if (this.#approvals.size >= this.max) this.#verdict = 'approved'
    else if (this.#open === 0) this.deadline()
  }
}

const wasSent = ({ state }: Node): boolean => state !== 'spare' && state !== 'unneeded'
