import type { PongNode } from '../../domain/task.js'
import type { Clock } from '../../kit/clock.js'

/** A list is looked at anew at most that often, ms: each change is a signature for us and a check for every peer. */
const FRESH_MS = 2_000
/** Time after which a network larger than a pong tells its next part, ms. */
const TURN_MS = 30_000

/** Which nodes a pong tells: all, or a part of them that moves on, so that everyone learns of everyone in time. */
export class PongSample {
  readonly #all: () => readonly PongNode[]
  readonly #max: number
  readonly #clock: Clock
  #nodes: readonly PongNode[] = []
  #text = ''
  #readAt = Number.NEGATIVE_INFINITY
  readonly #offset = Math.random()

  constructor(all: () => readonly PongNode[], max: number, clock: Clock) {
    this.#all = all
    this.#max = max
    this.#clock = clock
  }

  /** The same list object while nothing has changed. */
  nodes(): readonly PongNode[] {
    const now = this.#clock.monotonic()
    if (now - this.#readAt < FRESH_MS) return this.#nodes
    this.#readAt = now
    const nodes = this.#part(this.#all(), now)
    const text = JSON.stringify(nodes)
    if (text !== this.#text) {
      this.#text = text
      this.#nodes = nodes
    }
    return this.#nodes
  }

  forget(): void {
    this.#readAt = Number.NEGATIVE_INFINITY
  }

  #part(all: readonly PongNode[], now: number): readonly PongNode[] {
    if (all.length <= this.#max) return all
    const turns = Math.floor(now / TURN_MS) * this.#max + Math.floor(this.#offset * all.length)
    const first = turns % all.length
    return [...all.slice(first), ...all.slice(0, first)].slice(0, this.#max)
  }
}
