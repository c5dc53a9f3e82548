import type { PeerIdString, SpAddress } from '../domain/brands.js'
import { ownOutage } from '../domain/outage.js'

interface Outcome {
  readonly sp: SpAddress
  ok: boolean
  failures: number
}

/** What a window of contacts comes to. */
export interface Settled {
  /** Failures that count, per node; none while our own network is down. */
  readonly failures: ReadonlyMap<PeerIdString, number>
  /** Somebody answered us within the window. */
  readonly online: boolean
}

/**
 * Contacts of one period, judged together at its end: when (nearly) everybody who answered before fails at once, the fault
 * is ours and nothing of it counts, nor does anything that follows until somebody answers again.
 */
export class ContactWindow {
  readonly #outcomes = new Map<PeerIdString, Outcome>()
  /** Nodes that answered since the start: only their silence says something about us. */
  readonly #answered = new Set<PeerIdString>()
  #online = false
  #down = true

  /** Nobody has answered yet, or our own network is down. */
  get down(): boolean {
    return this.#down
  }

  ok(peerId: PeerIdString, sp: SpAddress | undefined): void {
    this.#answered.add(peerId)
    this.#online = true
    this.#down = false
    if (sp !== undefined) this.#outcomes.set(peerId, { sp, ok: true, failures: 0 })
  }

  failed(peerId: PeerIdString, sp: SpAddress | undefined): void {
    if (sp === undefined) return
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
    if (ownOutage(telling)) this.#down = true
    const counted = this.#down ? [] : [...this.#outcomes].filter(([, { ok }]) => !ok)
    const settled = {
      failures: new Map(counted.map(([peerId, { failures }]) => [peerId, failures])),
      online: this.#online && !this.#down
    }
    this.#outcomes.clear()
    this.#online = false
    return settled
  }
}
