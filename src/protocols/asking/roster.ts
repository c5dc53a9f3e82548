import type { PeerIdString, SpAddress, TaskKey } from '../../domain/brands.js'
import { type Candidate, selectAll } from '../../domain/selection.js'
import type { Clock } from '../../kit/clock.js'
import type { LateReplies } from '../wire.js'
import type { AskPlan } from './ask-sends.js'
import type { AskSession } from './ask-session.js'
import { Stragglers } from './stragglers.js'

export interface RosterInit {
  readonly self: { readonly sp: SpAddress; readonly peerId: PeerIdString }
  readonly hedgeAfterMs: number
  readonly zombieAfter: number
  readonly clock: Clock
}

/** Whom an ask goes to and in which order, and what the asks so far have taught of each node. */
export class Roster implements LateReplies {
  readonly #init: RosterInit
  readonly #stragglers = new Stragglers()
  #asks = 0

  constructor(init: RosterInit) {
    this.#init = init
  }

  /** @param candidates nodes whose answers could count */
  plan(candidates: readonly Candidate[]): AskPlan {
    const { self, hedgeAfterMs, zombieAfter, clock } = this.#init
    const now = clock.monotonic()
    this.#stragglers.review(candidates)
    const isStraggler = (peerId: PeerIdString): boolean => this.#stragglers.has(peerId, now)
    const probes = this.#stragglers.probes(now)
    return {
      targets: selectAll(candidates, { self, isStraggler, probes, zombieAfter, turn: this.#asks++ }),
      isStraggler,
      hedgeAfterMs
    }
  }

  /** A node that took its sibling's time goes behind it; one that answers in time is healthy at once. */
  answered(session: AskSession, from: PeerIdString): void {
    const now = this.#init.clock.monotonic()
    const owed = session.owedBy(from)
    if (owed !== undefined && now - owed.sentAt > owed.patienceMs) this.#stragglers.owes(from, owed, now)
    else this.#stragglers.answered(from)
  }

  answeredLate(from: PeerIdString, key: TaskKey): void {
    this.#stragglers.answeredLate(from, key, this.#init.clock.monotonic())
  }

  ended(session: AskSession): void {
    const now = this.#init.clock.monotonic()
    for (const peerId of session.quorum?.waiting() ?? []) {
      const owed = session.owedBy(peerId)
      if (owed !== undefined) this.#stragglers.owes(peerId, owed, now)
    }
  }
}
