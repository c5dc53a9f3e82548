import type { PeerIdString } from '../../domain/brands.js'

interface Course {
  /** The last round in which we pinged it. */
  pinged: number
  /** The last round in which its own valid ping came. */
  heard: number
  /** Whether our last ping was answered. */
  answered: boolean
}

/**
 * Whom a round pings. Who has just pinged us lives: we skip it, though never twice in a row and only while it answers, so
 * that the way is still measured and what it tells of others still comes. It saves a third of all pings, half towards
 * nodes that never skip.
 */
export class PingRounds {
  readonly #courses = new Map<PeerIdString, Course>()
  #round = 0

  /** The peers to ping now, out of those that are connected. */
  next(connected: readonly PeerIdString[]): readonly PeerIdString[] {
    const last = this.#round++
    const present = new Set(connected)
    for (const peer of this.#courses.keys()) if (!present.has(peer)) this.#courses.delete(peer)
    return connected.filter(peer => {
      const course = this.#course(peer)
      if (course.heard === last && course.pinged === last && course.answered) return false
      course.pinged = this.#round
      course.answered = false
      return true
    })
  }

  /** A valid ping of the peer came. */
  heard(peer: PeerIdString): void {
    const course = this.#courses.get(peer)
    if (course !== undefined) course.heard = this.#round
  }

  /** The peer answered our ping. */
  answered(peer: PeerIdString): void {
    const course = this.#courses.get(peer)
    if (course !== undefined) course.answered = true
  }

  forget(): void {
    this.#courses.clear()
  }

  #course(peer: PeerIdString): Course {
    const known = this.#courses.get(peer)
    if (known !== undefined) return known
    const course: Course = { pinged: -1, heard: -1, answered: false }
    this.#courses.set(peer, course)
    return course
  }
}
