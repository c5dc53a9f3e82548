import type { PeerIdString, SpAddress } from '../domain/brands.js'
import { OUTAGE_SPS, ownOutage } from '../domain/outage.js'

interface Outcome {
  readonly sp: SpAddress | undefined
  ok: boolean
  failures: number
}

/** What a window of contacts comes to. */
export interface Settled {
  /** Failures that count, per node; none while our own network is down. */
  readonly failures: ReadonlyMap<PeerIdString, number>
  /** Somebody answered us within the window, and our network is up. */
  readonly online: boolean
}

/**
 * Contacts of one period, judged together at its end: when (nearly) everybody who answered before fails at once, the fault
 * is ours and nothing of it counts, nor does anything that follows until one of those who failed answers again, or several
 * others do at once. Before anybody ever answered nothing counts either.
 */
export class ContactWindow {
  readonly #outcomes = new Map<PeerIdString, Outcome>()
  /** Nodes that answered since the start: only their silence says something about us. */
  readonly #answered = new Set<PeerIdString>()
  /** The SPs that fell silent together; a node in our own rack answers all along and does not tell that it is over. */
  #lost: ReadonlySet<SpAddress | undefined> | 'everybody' | undefined = 'everybody'
  /** Part of this window was spent offline: who failed in it may have failed before. */
  #tainted = true
  /** SPs that answered in this window. */
  readonly #heard = new Set<SpAddress>()
  #online = false

  /** Nobody has answered yet, or our own network is down. */
  get down(): boolean {
    return this.#lost !== undefined
  }

  ok(peerId: PeerIdString, sp: SpAddress | undefined): void {
    this.#answered.add(peerId)
    this.#online = true
    if (sp !== undefined) this.#heard.add(sp)
    if (this.#lost === 'everybody' || this.#lost?.has(sp) || this.#heard.size >= OUTAGE_SPS) this.#lost = undefined
    this.#outcomes.set(peerId, { sp, ok: true, failures: 0 })
  }

  failed(peerId: PeerIdString, sp: SpAddress | undefined): void {
    const outcome = this.#outcomes.get(peerId)
    if (outcome === undefined) this.#outcomes.set(peerId, { sp, ok: false, failures: 1 })
    else {
      outcome.ok = false
      outcome.failures++
    }
  }

  forget(peerId: PeerIdString): void {
    this.#outcomes.delete(peerId)
    this.#answered.delete(peerId)
  }

  settle(): Settled {
    const telling = [...this.#outcomes].filter(([peerId]) => this.#answered.has(peerId)).map(([, outcome]) => outcome)
    if (ownOutage(telling)) this.#lost = new Set(telling.flatMap(({ sp, ok }) => (ok ? [] : [sp])))
    const counts = !this.down && !this.#tainted
    const counted = counts ? [...this.#outcomes].filter(([, { ok }]) => !ok) : []
    const settled = {
      failures: new Map(counted.map(([peerId, { failures }]) => [peerId, failures])),
      online: this.#online && !this.down
    }
    this.#outcomes.clear()
    this.#heard.clear()
    this.#online = false
    this.#tainted = this.down
    return settled
  }

  /** Begins anew, as after a time without a network. */
  reset(): void {
    this.#outcomes.clear()
    this.#heard.clear()
    this.#answered.clear()
    this.#lost = 'everybody'
    this.#tainted = true
    this.#online = false
  }
}
