import type { PeerIdString } from '../../domain/brands.js'
import type { Clock } from '../../kit/clock.js'

const FIRST_REST_MS = 2_000
const MAX_REST_MS = 8_000
/** More than an SP list of 1,000 with siblings has. */
const MAX_NODES = 4_096

interface Rest {
  readonly until: number
  readonly restMs: number
  readonly error: string
}

/**
 * Nodes that an ask could not reach a moment ago: the next asks do not dial them again at once. One that comes back and
 * connects is free at once.
 */
export class DialRest {
  readonly #clock: Clock
  readonly #resting = new Map<PeerIdString, Rest>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Why it is not dialled now. */
  why(peerId: PeerIdString): string | undefined {
    const rest = this.#resting.get(peerId)
    if (rest === undefined || this.#clock.monotonic() >= rest.until) return undefined
    return `not dialled again so soon: ${rest.error}`
  }

  failed(peerId: PeerIdString, error: string): void {
    const before = this.#resting.get(peerId)
    const restMs = before === undefined ? FIRST_REST_MS : Math.min(MAX_REST_MS, before.restMs * 2)
    this.#resting.delete(peerId)
    this.#resting.set(peerId, { until: this.#clock.monotonic() + restMs, restMs, error })
    const [oldest] = this.#resting.keys()
    if (this.#resting.size > MAX_NODES && oldest !== undefined) this.#resting.delete(oldest)
  }

  reached(peerId: PeerIdString): void {
    this.#resting.delete(peerId)
  }
}
