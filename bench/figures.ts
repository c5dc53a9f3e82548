import { cpus, totalmem } from 'node:os'

/** One measured property, its goal, and whether the median reaches it. */
export interface Figure {
  readonly name: string
  readonly unit: string
  readonly median: number
  readonly min: number
  readonly max: number
  readonly goal: string
  readonly ok: boolean
}

export interface Report {
  readonly machine: { readonly cpus: number; readonly model: string; readonly memoryGiB: number; readonly node: string }
  readonly figures: readonly Figure[]
}

export interface Goal {
  readonly text: string
  reachedBy(value: number): boolean
}

export const atMost = (limit: number): Goal => ({ text: `≤ ${limit}`, reachedBy: value => value <= limit })
export const atLeast = (limit: number): Goal => ({ text: `≥ ${limit}`, reachedBy: value => value >= limit })
/** Told, not judged. */
export const REFERENCE: Goal = { text: 'reference', reachedBy: () => true }

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

export function figure(name: string, unit: string, samples: readonly number[], goal: Goal): Figure {
  const middle = median(samples)
  return {
    name,
    unit,
    median: rounded(middle),
    min: rounded(Math.min(...samples)),
    max: rounded(Math.max(...samples)),
    goal: goal.text,
    ok: goal.reachedBy(middle)
  }
}

const rounded = (value: number): number => Number(value.toPrecision(4))

/** What one arm gave in one turn. */
export type Block = readonly number[]

/** How the ratio of two arms is taken and judged. */
export interface Comparison {
  readonly what: string
  ratio(own: number, other: number): number
  readonly goal: Goal
}

/** Speed of this checkout as a multiple of the other's, from figures of which less is better. */
export const speedByTime = (goal: Goal): Comparison => ({ what: 'speed', ratio: (own, other) => other / own, goal })
/** The same from figures of which more is better. */
export const speedByRate = (goal: Goal): Comparison => ({ what: 'speed', ratio: (own, other) => own / other, goal })
/** Amount as a multiple of the other's. */
export const amount = (goal: Goal): Comparison => ({ what: 'amount', ratio: (own, other) => own / other, goal })

export interface Series {
  readonly name: string
  readonly unit: string
  /** Of this checkout, in a run with another one too. */
  readonly goal: Goal
  /** Turns of this checkout, then those of the other one if there is one. */
  readonly arms: readonly (readonly Block[])[]
  readonly against?: Comparison
}

/** One figure; with a second arm also that arm's, and the ratio of the blocks taken in the same turn. */
export function figuresOf({ name, unit, goal, arms: [own = [], other], against }: Series): Figure[] {
  const figures = [figure(name, unit, own.flat(), goal)]
  if (other === undefined) return figures
  figures.push(figure(`${name}, the other`, unit, other.flat(), REFERENCE))
  if (against === undefined) return figures
  const ratios = own.map((block, turn) => against.ratio(median(block), median(other[turn] ?? [])))
  figures.push(figure(`${name}, ${against.what} against the other`, 'ratio', ratios, against.goal))
  return figures
}

export function report(figures: readonly Figure[]): Report {
  const [cpu] = cpus()
  return {
    machine: {
      cpus: cpus().length,
      model: cpu?.model ?? 'unknown',
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      node: process.version
    },
    figures
  }
}
