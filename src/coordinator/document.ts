import type { CoordinatorState, SignedState } from '../chain/coordinator/messages.js'
import { signState } from '../chain/coordinator/state-document.js'

/** A state as it is served: without entries for a client that has the list of its sequence. Each form is signed once. */
export function signedOnDemand(
  { entries, ...state }: CoordinatorState,
  sign: (digest: Uint8Array) => Uint8Array
): (known: bigint | undefined) => SignedState {
  let whole: SignedState | undefined
  let brief: SignedState | undefined
  return known => {
    if (known === state.sequence) {
      brief ??= signState(state, sign)
      return brief
    }
    whole ??= signState({ ...state, entries }, sign)
    return whole
  }
}
