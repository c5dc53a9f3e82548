import { cpus, totalmem } from 'node:os'

/** One measured property, its goal, and whether it holds. */
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

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** A figure of samples; `judge` looks at the median. */
export function figure(
  name: string,
  unit: string,
  samples: readonly number[],
  goal: string,
  judge: (median: number) => boolean
): Figure {
  const middle = median(samples)
  return {
    name,
    unit,
    median: rounded(middle),
    min: rounded(Math.min(...samples)),
    max: rounded(Math.max(...samples)),
    goal,
    ok: judge(middle)
  }
}

const rounded = (value: number): number => Number(value.toPrecision(4))

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
