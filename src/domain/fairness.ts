import type { SpAddress } from './brands.js'

/** How often an SP was asked, answered and counted in our asks, since the start. */
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
