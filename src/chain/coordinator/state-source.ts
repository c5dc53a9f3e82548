import { InvalidArgumentError } from '../../errors.js'
import type { Secp256k1Backend } from '../../identity/index.js'
import type { Clock } from '../../kit/clock.js'
import type { ChainGuard } from '../guard.js'
import type { CoordinatorClient } from './client.js'
import { type CoordinatorState, MAX_CLOCK_SKEW_MS } from './messages.js'
import { openState } from './state-document.js'

/** A coordinator that serves the same document for longer than this is stuck, or the document is replayed. */
const SAME_DOCUMENT_MS = 10_000
/** Shorter block times are raised to this. */
const MIN_BLOCK_TIME_MS = 50

export interface StateSourceInit {
  readonly guard: ChainGuard
  readonly client: CoordinatorClient
  readonly backend: Secp256k1Backend
  readonly network: string
  readonly publicKey: string
  readonly clock: Clock
}

/** Reads the coordinator's signed state for a guard. */
export class StateSource {
  readonly #init: StateSourceInit
  #last: CoordinatorState | undefined
  /** Monotonic ms at which the last newer document arrived. */
  #renewedAt = 0

  constructor(init: StateSourceInit) {
    this.#init = init
  }

  /** The next document counts as newer, even if it is the current one. */
  forget(): void {
    this.#last = undefined
  }

  async poll(signal: AbortSignal): Promise<void> {
    const { guard, client, backend, publicKey } = this.#init
    try {
      const document = await client.state(this.#last?.sequence, signal)
      const state = openState(document, { backend, publicKey, known: this.#last })
      if (!this.#isNewer(state)) return
      guard.takeList(state)
      guard.takeHeight(state.height, Math.max(MIN_BLOCK_TIME_MS, state.blockTimeMs))
    } catch (error) {
      if (signal.aborted) return
      guard.failed('list', error)
      guard.failed('height', error)
    }
  }

  /**
   * Whether a document is newer than the last one. Only then does it renew the list: while an old document is replayed,
   * the list ages as if nothing came. @throws InvalidArgumentError when it is of another network or another time
   */
  #isNewer(state: CoordinatorState): boolean {
    const { network, clock, guard } = this.#init
    if (state.network !== network) throw new InvalidArgumentError('state.network', network, state.network)
    const skew = state.time - clock.now()
    if (Math.abs(skew) > MAX_CLOCK_SKEW_MS) {
      const what = `state.time: the coordinator's clock and ours`
      throw new InvalidArgumentError(
        what,
        `at most ${MAX_CLOCK_SKEW_MS / 1_000} s apart`,
        `${Math.round(skew / 1_000)} s`
      )
    }
    const lastTime = this.#last?.time ?? guard.lastListTime ?? 0
    if (state.time < lastTime) {
      throw new InvalidArgumentError('state.time', `a document of ${lastTime} or later`, state.time)
    }
    const now = clock.monotonic()
    if (this.#last !== undefined && state.time === lastTime && state.sequence === this.#last.sequence) {
      if (now - this.#renewedAt <= SAME_DOCUMENT_MS) return false
      throw new InvalidArgumentError('state.time', 'a newer document', `the one of ${state.time} again`)
    }
    this.#last = state
    this.#renewedAt = now
    return true
  }
}
