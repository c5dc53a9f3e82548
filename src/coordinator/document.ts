import type { CoordinatorState, SignedState } from '../chain/coordinator/messages.js'
import { signState } from '../chain/coordinator/state-document.js'

/** One state as it is served: signed when first asked for, once with its entries and once without. */
export class StateDocument {
  readonly sequence: bigint
  readonly #state: CoordinatorState
  readonly #sign: (digest: Uint8Array) => Uint8Array
  #whole: SignedState | undefined
  #brief: SignedState | undefined

  constructor(state: CoordinatorState, sign: (digest: Uint8Array) => Uint8Array) {
    this.sequence = state.sequence
    this.#state = state
    this.#sign = sign
  }

  /** @param known the sequence the client has: the same list is not sent again */
  signed(known: bigint | undefined): SignedState {
    if (known !== this.sequence) {
      this.#whole ??= signState(this.#state, this.#sign)
      return this.#whole
    }
    if (this.#brief === undefined) {
      const { entries: _known, ...rest } = this.#state
      this.#brief = signState(rest, this.#sign)
    }
    return this.#brief
  }
}
