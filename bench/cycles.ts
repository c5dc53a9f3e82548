import { type Arm, inTurns } from './arms.js'
import { atMost, type Figure, figuresOf } from './figures.js'
import { benchProcess } from './process.js'

const CYCLES = 100
/** What one start and stop may leave: less than any part of a node weighs. */
const MAX_HEAP_KIB = 4

/** What is left behind by starts and stops in one process. */
export async function* cycles(
  arms: readonly Arm[],
  { count = CYCLES }: { readonly count?: number }
): AsyncGenerator<Figure> {
  const turns = await inTurns(arms, 1, async arm => {
    const process = await benchProcess('cycles', arm)
    try {
      return await process.call('cycle', count)
    } finally {
      await process.close()
    }
  })
  const of = (what: keyof (typeof turns)[number][number]) => turns.map(arm => arm.map(costs => [costs[what]]))
  yield* [
    ...figuresOf({
      name: 'heap kept by a start and stop of two modules',
      unit: 'KiB',
      goal: atMost(MAX_HEAP_KIB),
      arms: of('heapKib')
    }),
    ...figuresOf({
      name: `active resources after ${count} cycles`,
      unit: 'more',
      goal: atMost(0),
      arms: of('resources')
    }),
    ...figuresOf({
      name: 'asks unanswered right after a start',
      unit: 'asks',
      goal: atMost(0),
      arms: of('unanswered')
    }),
    ...figuresOf({ name: `listeners after ${count} cycles`, unit: 'more', goal: atMost(0), arms: of('listeners') })
  ]
}
