import { availableParallelism } from 'node:os'
import { type Arm, inTurns } from './arms.js'
import { Closers, type Field, openField } from './field.js'
import { atLeast, type Block, type Figure, figure, figuresOf, REFERENCE, speedByTime } from './figures.js'
import { settled } from './settle.js'

const APPROVALS = 6
const FIELDS = [7, 12, 16, 19]
const ALL = 63
/** Code is compiled and optimized by then. */
const WARM_UP = 200
const ASKS = 200
/** Asks of one arm before the other has its turn. */
const BLOCK = 5
const MIN_SPEED = 0.97

/** 6 approvals of 7, 12, 16 and 19 SPs, and all of 63, each in a field that has settled. */
export async function* asks(
  arms: readonly Arm[],
  { count = ASKS }: { readonly count?: number }
): AsyncGenerator<Figure> {
  for (const [approvals, sps] of [...FIELDS.map(sps => [APPROVALS, sps] as const), [ALL, ALL] as const]) {
    yield* await measure(arms, approvals, sps, count)
  }
}

async function measure(arms: readonly Arm[], approvals: number, sps: number, count: number): Promise<Figure[]> {
  const closers = new Closers()
  try {
    const begun = performance.now()
    // The asker has a process of its own, the others share as many as there are cores.
    const counts = [1, ...shares(sps, availableParallelism())]
    const fields = await Promise.all(arms.map(arm => openField(arm, counts, closers)))
    await settled(fields.flatMap(({ settling }) => settling))
    const seconds = (performance.now() - begun) / 1_000
    const ask = async ({ processes: [asker] }: Field, times: number): Promise<Block> =>
      (await asker?.call('ask', [0], approvals, times))?.[0] ?? []
    for (const field of fields) await ask(field, WARM_UP)
    const blocks = await inTurns(fields, Math.ceil(count / BLOCK), field => ask(field, BLOCK))
    const name = `${approvals} of ${sps}`
    return [
      figure(`${name}, time until the field had settled`, 's', [seconds], REFERENCE),
      ...figuresOf({ name, unit: 'ms', goal: REFERENCE, arms: blocks, against: speedByTime(atLeast(MIN_SPEED)) })
    ]
  } finally {
    await closers.close()
  }
}

/** `total` in `parts` that differ by one at most. */
const shares = (total: number, parts: number): number[] =>
  Array.from({ length: parts }, (_, i) => Math.floor((total + i) / parts))
