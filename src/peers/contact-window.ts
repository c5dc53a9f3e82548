import type { PeerIdString, SpAddress } from '../domain/brands.js'
import { OUTAGE_SPS, ownOutage } from '../domain/outage.js'

interface Outcome {
  readonly sp: SpAddress | undefined
  ok: boolean
  failures: number
}

/** Result of one period. */
export interface Settled {
  /** Failures that count, per node; none while our own network is down. */
  readonly failures: ReadonlyMap<PeerIdString, number>
  /** A node answered us within the period, and our network is up. */
  readonly online: boolean
}

/**
 * The contacts of one period, judged together at its end. When nearly all nodes that answered before fail at once, the
 * fault is ours: no failure counts until one of those nodes answers again, or nodes of several SPs do in one period. Before
 * the first answer no failure counts either.
 */
export class ContactWindow {
  readonly #outcomes = new Map<PeerIdString, Outcome>()
  /** Nodes that answered since the start: only their silence can show an outage of ours. */
  readonly #answered = new Set<PeerIdString>()
  /** SPs that fell silent together. Only they end the outage: a node in our own rack answers throughout it. */
  #lost: ReadonlySet<SpAddress | undefined> | 'everybody' | undefined = 'everybody'
  /** We were offline for part of this period: a node that failed in it may have failed during that part. */
  #tainted = true
  /** SPs that answered in this period. */
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
    const known = [...this.#outcomes].filter(([peerId]) => this.#answered.has(peerId)).map(([, outcome]) => outcome)
    if (ownOutage(known)) this.#lost = new Set(known.flatMap(({ sp, ok }) => (ok ? [] : [sp])))
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
}
