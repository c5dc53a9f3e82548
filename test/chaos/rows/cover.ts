import { atLeast, atMost, type Figure, mean, reference } from '../harness/figures.js'
import { coverage, createNetwork, createSps, dealt, secondsUntil, startAll } from '../harness/network.js'
import type { Coverage } from '../harness/nodes.js'
import type { Row, RowContext } from '../harness/row.js'
import type { Worker } from '../harness/worker.js'
import { open } from './cover-open.js'

const GOAL_SECONDS = 30

/** From one bootstrap entry each, every node comes to know a verified node of every SP. */
export const cover: Row = {
  name: 'cover',
  shows: 'every node knows a verified node of every SP, from one bootstrap entry each',
  async run(context) {
    const named = await joined(context)
    await context.scope.close()
    return [...named, ...(await open(context))]
  }
}

async function joined({ short, say, scope }: RowContext): Promise<Figure[]> {
  const [sps, perSp, processes] = short ? [4, 2, 1] : [20, 3, 3]
  const workers = await workersOf(scope, processes)
  const network = await createNetwork(scope)
  const specs = createSps(sps).flatMap(({ operatorKey }, sp) =>
    Array.from({ length: perSp }, (_, node) => ({ id: `sp${sp}-${node}`, operatorKey, chain: network.chain() }))
  )

  say(`starting ${specs.length} nodes of ${sps} SPs in ${workers.length} processes`)
  const begun = performance.now()
  const cpuAtStart = await cpuOf(workers)
  await startAll(dealt(specs, workers))
  const cpuBefore = await cpuOf(workers)
  const startSeconds = (performance.now() - begun) / 1_000
  say(`all listen after ${startSeconds.toFixed(1)} s`)

  let last: readonly Coverage[] = []
  let told = 0
  const seconds = await secondsUntil(2 * GOAL_SECONDS * 1_000, async elapsed => {
    last = await coverage(workers)
    if (elapsed - told > 2_000) {
      told = elapsed
      say(`${(elapsed / 1_000).toFixed(0)} s: ${last.filter(isCovered).length} of ${last.length} nodes know every SP`)
    }
    return last.every(node => node.listed === sps - 1 && isCovered(node))
  })
  for (const { id, verified, listed, missing } of last.filter(node => !isCovered(node)).slice(0, 5)) {
    say(`${id} knows ${verified} of ${listed}: not ${missing.slice(0, 3).join(', ')}`)
  }
  const cpu = (await cpuOf(workers)) - cpuBefore
  const share = mean(last.map(node => (100 * node.verified) / (sps - 1)))
  return [
    reference('nodes listening, after', 's', startSeconds),
    reference('CPU of all nodes until then', 's', (cpuBefore - cpuAtStart) / 1_000),
    reference('CPU of all nodes from then on', 's', cpu / 1_000),
    atLeast('SPs of which a node is verified, mean of all nodes', '%', share, 100),
    atMost(
      `${specs.length} nodes know a verified node of each of ${sps} SPs, after`,
      's',
      seconds ?? Number.POSITIVE_INFINITY,
      GOAL_SECONDS
    )
  ]
}

const isCovered = (node: Coverage): boolean => node.listed > 0 && node.verified === node.listed

async function workersOf(scope: RowContext['scope'], processes: number): Promise<Worker[]> {
  return await Promise.all(Array.from({ length: processes }, (_, index) => scope.nodes(`nodes-${index}`)))
}

async function cpuOf(workers: readonly Worker[]): Promise<number> {
  const each = await Promise.all(workers.map(worker => worker.call('cpuMs')))
  return each.reduce((sum, ms) => sum + ms, 0)
}
