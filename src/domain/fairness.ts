import type { SpAddress } from './brands.js'

/** How an SP fared in our asks, since the start. */
export interface SpFairness {
  /** Asks that went to it. */
  readonly asked: number
  /** Of those, the ones it answered before they ended. */
  readonly answered: number
  /** Of those, the ones whose approval was counted. */
  readonly accepted: number
  /** Unix ms. */
  readonly lastAsked: number | undefined
  /** Unix ms. */
  readonly lastAnswer: number | undefined
}

export const NEVER_ASKED: SpFairness = {
  asked: 0,
  answered: 0,
  accepted: 0,
  lastAsked: undefined,
  lastAnswer: undefined
}

/** What one ask says about the SPs it went to. */
export interface AskOutcome {
  readonly asked: ReadonlySet<SpAddress>
  readonly answered: ReadonlySet<SpAddress>
  readonly accepted: ReadonlySet<SpAddress>
}

/** An SP's figures after one more ask that went to it and ended at `now`, Unix ms. */
export function afterAsk(
  before: SpFairness,
  { answered, accepted }: { readonly answered: boolean; readonly accepted: boolean },
  now: number
): SpFairness {
  return {
    asked: before.asked + 1,
    answered: before.answered + Number(answered),
    accepted: before.accepted + Number(accepted),
    lastAsked: now,
    lastAnswer: answered ? now : before.lastAnswer
  }
}
