import { coverage, secondsUntil } from '../harness/network.js'
import type { Coverage } from '../harness/nodes.js'
import type { RowContext } from '../harness/row.js'
import type { Worker } from '../harness/worker.js'

/** Within it every node is to know every SP, counted from the last node's listening. */
export const COVER_SECONDS = 30

const TELL_EVERY_MS = 2_000

/** Waits, up to twice the goal, until every node is covered; infinite where some never are. */
export async function untilAll(
  workers: readonly Worker[],
  isCovered: (node: Coverage) => boolean,
  say: RowContext['say']
): Promise<{ readonly seconds: number; readonly last: readonly Coverage[] }> {
  let last: readonly Coverage[] = []
  let told = 0
  const seconds = await secondsUntil(2 * COVER_SECONDS * 1_000, async elapsed => {
    last = await coverage(workers)
    if (elapsed - told > TELL_EVERY_MS) {
      told = elapsed
      say(`${(elapsed / 1_000).toFixed(0)} s: ${last.filter(isCovered).length} of ${last.length} nodes know every SP`)
    }
    return last.every(isCovered)
  })
  return { seconds: seconds ?? Number.POSITIVE_INFINITY, last }
}

/** CPU of all nodes so far. */
export async function cpuSecondsOf(workers: readonly Worker[]): Promise<number> {
  const each = await Promise.all(workers.map(worker => worker.call('cpuMs')))
  return each.reduce((sum, ms) => sum + ms, 0) / 1_000
}
