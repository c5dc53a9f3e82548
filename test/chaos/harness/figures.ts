/** One measured property, its goal, and whether it holds. */
export interface Figure {
  readonly name: string
  readonly unit: string
  readonly value: number
  readonly goal: string
  readonly ok: boolean
}

const figure = (name: string, unit: string, value: number, goal: string, ok: boolean): Figure => ({
  name,
  unit,
  value: Number.isFinite(value) ? Number(value.toPrecision(4)) : value,
  goal,
  ok
})

export const atMost = (name: string, unit: string, value: number, limit: number): Figure =>
  figure(name, unit, value, `≤ ${limit}`, value <= limit)

export const atLeast = (name: string, unit: string, value: number, limit: number): Figure =>
  figure(name, unit, value, `≥ ${limit}`, value >= limit)

export const exactly = (name: string, unit: string, value: number, expected: number): Figure =>
  figure(name, unit, value, `= ${expected}`, value === expected)

/** A figure that others are read against; it has no goal of its own. */
export const reference = (name: string, unit: string, value: number): Figure =>
  figure(name, unit, value, 'reference', true)

/** A property that holds or does not. */
export const holds = (name: string, goal: string, ok: boolean): Figure => figure(name, '', ok ? 1 : 0, goal, ok)

export const lineOf = ({ name, unit, value, goal, ok }: Figure): string =>
  `${ok ? 'ok  ' : 'MISS'} ${name}: ${value}${unit === '' ? '' : ` ${unit}`} (${goal})`

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / (values.length || 1)

/** The smallest value that at least this share of the values does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

export const median = (values: readonly number[]): number => percentile(values, 0.5)
