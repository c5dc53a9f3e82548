import type { PeerIdString, SpAddress, TaskKey } from '../../domain/brands.js'
import type { Candidate } from '../../domain/selection.js'
import { BoundedMap } from '../../kit/bounded-map.js'

/** Monotonic ms after which a lagging node is tried again beside its sibling. */
const PROBE_AFTER_MS = 5_000
/** Probes that go along with one ask. */
const MAX_PROBES = 4
/** More than an SP list of 1,000 with siblings has. */
const MAX_NODES = 4_096

/** An ask that a node was sent and had not answered when it ended. */
export interface Owed {
  readonly key: TaskKey
  /** As it was known when the ask was sent. */
  readonly sp: SpAddress | undefined
  /** Monotonic ms. */
  readonly sentAt: number
  /** From then on it lags. */
  readonly patienceMs: number
  readonly connected: boolean
}

interface Debt extends Owed {
  /** It lagged before, too, or answered too late. */
  readonly lagged: boolean
}

/** Nodes that kept an ask waiting: their siblings are asked first until they answer in time again. */
export class Stragglers {
  readonly #debts = new BoundedMap<PeerIdString, Debt>(MAX_NODES)

  has(peerId: PeerIdString, now: number): boolean {
    const debt = this.#debts.peek(peerId)
    return debt !== undefined && isOverdue(debt, now)
  }

  /** Forgets debts of nodes that have reconnected: silence on the old connection says nothing about the new one. */
  review(candidates: Iterable<Candidate>): void {
    if (this.#debts.size === 0) return
    const owing = new Set<SpAddress | undefined>()
    for (const { sp } of this.#debts.values()) owing.add(sp)
    // A node whose SP was unknown when it was asked may belong to any SP by now.
    const anybody = owing.has(undefined)
    let last: SpAddress | undefined
    let owes = anybody
    for (const { peerId, sp, connected } of candidates) {
      // The book gives its nodes SP by SP, and has far more of them than owe an answer.
      if (sp !== last) owes = anybody || owing.has(sp)
      last = sp
      const debt = owes ? this.#debts.peek(peerId) : undefined
      if (debt === undefined || debt.connected === connected) continue
      if (connected) this.#debts.delete(peerId)
      else this.#debts.set(peerId, { ...debt, connected })
    }
  }

  /** Those that it is time to try again, longest silent first. */
  probes(now: number): ReadonlySet<PeerIdString> {
    const due = [...this.#debts].filter(
      ([, debt]) => debt.connected && debt.sentAt <= now - PROBE_AFTER_MS && isOverdue(debt, now)
    )
    due.sort(([, a], [, b]) => a.sentAt - b.sentAt)
    return new Set(due.slice(0, MAX_PROBES).map(([peerId]) => peerId))
  }

  /** An ask ended without an answer of this node, or its answer came too late: `owed` is past its time then. */
  owes(peerId: PeerIdString, owed: Owed, now: number): void {
    const before = this.#debts.peek(peerId)
    const lagged = before !== undefined && isOverdue(before, now)
    // The older ask is the sooner overdue; many short asks in a row must not put that off.
    if (before !== undefined && !lagged && !isOverdue(owed, now)) return
    this.#debts.set(peerId, { lagged, ...owed })
  }

  /** It answered an ask in time. */
  answered(peerId: PeerIdString): void {
    this.#debts.delete(peerId)
  }

  /** It answered an ask that is over. */
  answeredLate(peerId: PeerIdString, key: TaskKey, now: number): void {
    const debt = this.#debts.peek(peerId)
    if (debt?.key !== key) return
    if (now - debt.sentAt <= debt.patienceMs) this.#debts.delete(peerId)
    else this.#debts.set(peerId, { ...debt, lagged: true })
  }
}

const isOverdue = (debt: Owed & { readonly lagged?: boolean }, now: number): boolean =>
  debt.lagged === true || now - debt.sentAt > debt.patienceMs
