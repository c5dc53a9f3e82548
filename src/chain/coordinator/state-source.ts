import { InvalidArgumentError } from '../../errors.js'
import type { Secp256k1Backend } from '../../identity/index.js'
import type { Clock } from '../../kit/clock.js'
import type { ChainGuard } from '../guard.js'
import type { CoordinatorClient } from './client.js'
import { type DocumentClock, judgeDocument } from './document-clock.js'
import { type CoordinatorState, MAX_CLOCK_SKEW_MS } from './messages.js'
import { openState } from './state-document.js'

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
  #documents: DocumentClock | undefined

  constructor(init: StateSourceInit) {
    this.#init = init
  }

  /** The newest version of a join that the coordinator takes. */
  get joinVersion(): number {
    return this.#last?.joinVersion ?? 1
  }

  /** The next document counts as newer, even if it is the current one. */
  forget(): void {
    this.#last = undefined
    this.#documents = undefined
  }

  async poll(signal: AbortSignal): Promise<void> {
    const { guard } = this.#init
    try {
      let state = await this.#read(this.#last, signal)
      // A coordinator that began anew counts its sequences anew: the same one may be another list.
      if (this.#last !== undefined && state.epoch !== this.#last.epoch) state = await this.#read(undefined, signal)
      if (!this.#isNewer(state)) return
      this.#last = state
      // Its clock may have been put back: what is older is told by the sequence.
      guard.takeList({ ...state, time: Math.max(state.time, guard.lastListTime ?? 0) })
      const minBlockTimeMs = Math.max(MIN_BLOCK_TIME_MS, state.blockTimeMs)
      guard.takeHeight(state.height, { minBlockTimeMs, isCounted: true, wall: state.time })
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
    const { time, sequence } = state
    const last = this.#documents ?? (guard.lastListTime === undefined ? undefined : { time: guard.lastListTime })
    const isSame = this.#last?.sequence === sequence
    const { clock: documents, outcome } = judgeDocument(last, { time, monotonic: clock.monotonic(), isSame })
    this.#documents = documents
    if (outcome === 'older') throw new InvalidArgumentError('state.time', `a document of ${last?.time} or later`, time)
    if (outcome === 'stuck')
      throw new InvalidArgumentError('state.time', 'a newer document', `the one of ${time} again`)
    return outcome === 'newer'
  }

  async #read(known: CoordinatorState | undefined, signal: AbortSignal): Promise<CoordinatorState> {
    const { client, backend, publicKey } = this.#init
    return openState(await client.state(known?.sequence, signal), { backend, publicKey, known })
  }
}
