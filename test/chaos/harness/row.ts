import type { Figure } from './figures.js'
import type { Scope } from './scope.js'

/** One claim about a network under stress, shown by a network that is put under it. */
export interface Row {
  readonly name: string
  /** What it shows, in a line. */
  readonly shows: string
  /** Names of its parts, where it consists of some that can be run by themselves. */
  readonly parts?: readonly string[]
  run(context: RowContext): Promise<Figure[]>
}

export interface RowContext {
  /** The form that fits into the test suite: fewer nodes, less time, the same goals where they scale. */
  readonly short: boolean
  /** Of the parts of the row, those that are run; all where it is absent. */
  readonly only?: readonly string[] | undefined
  /** Numbers in [0, 1) from the run's seed. */
  readonly random: () => number
  /** Tells a person who waits what is going on. */
  readonly say: (text: string) => void
  /** Whatever a row starts belongs to it, and ends with it. */
  readonly scope: Scope
}

/** mulberry32: 32 bits of state are plenty for choosing nodes. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A copy in random order. */
export function shuffled<T>(values: readonly T[], random: () => number): T[] {
  const keyed = values.map(value => ({ value, at: random() }))
  return keyed.sort((a, b) => a.at - b.at).map(({ value }) => value)
}
