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
  readonly asked: Iterable<SpAddress>
  readonly answered: ReadonlySet<SpAddress>
  readonly accepted: ReadonlySet<SpAddress>
}

/** The figures after one more ask that ended at `now`, Unix ms. */
export function afterAsk(
  figures: ReadonlyMap<SpAddress, SpFairness>,
  { asked, answered, accepted }: AskOutcome,
  now: number
): ReadonlyMap<SpAddress, SpFairness> {
  const next = new Map(figures)
  for (const sp of new Set(asked)) {
    const before = figures.get(sp) ?? NEVER_ASKED
    next.set(sp, {
      asked: before.asked + 1,
      answered: before.answered + Number(answered.has(sp)),
      accepted: before.accepted + Number(accepted.has(sp)),
      lastAsked: now,
      lastAnswer: answered.has(sp) ? now : before.lastAnswer
    })
  }
  return next
}
