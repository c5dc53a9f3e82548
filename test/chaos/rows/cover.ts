import { atLeast, atMost, type Figure, mean, reference } from '../harness/figures.js'
import { createNetwork, createSps, dealt, startAll } from '../harness/network.js'
import type { Coverage } from '../harness/nodes.js'
import type { Row, RowContext } from '../harness/row.js'
import type { Worker } from '../harness/worker.js'
import { open } from './cover-open.js'
import { COVER_SECONDS, cpuSecondsOf, untilAll } from './covering.js'

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
  const [sps, perSp, processes] = short ? [4, 2, 1] : [20, 3, 2]
  const workers = await workersOf(scope, processes)
  const network = await createNetwork(scope)
  const specs = createSps(sps).flatMap(({ operatorKey }, sp) =>
    Array.from({ length: perSp }, (_, node) => ({ id: `sp${sp}-${node}`, operatorKey, chain: network.chain() }))
  )

  say(`starting ${specs.length} nodes of ${sps} SPs in ${workers.length} processes`)
  const begun = performance.now()
  const cpuAtStart = await cpuSecondsOf(workers)
  await startAll(dealt(specs, workers))
  const cpuBefore = await cpuSecondsOf(workers)
  const startSeconds = (performance.now() - begun) / 1_000
  say(`all listen after ${startSeconds.toFixed(1)} s`)

  const isCovered = ({ listed, verified }: Coverage): boolean => listed === sps - 1 && verified === listed
  const { seconds, last } = await untilAll(workers, isCovered, say)
  for (const { id, verified, listed, missing } of last.filter(node => !isCovered(node)).slice(0, 5)) {
    say(`${id} knows ${verified} of ${listed}: not ${missing.slice(0, 3).join(', ')}`)
  }
  const cpu = (await cpuSecondsOf(workers)) - cpuBefore
  const share = mean(last.map(node => (100 * node.verified) / (sps - 1)))
  return [
    reference('nodes listening, after', 's', startSeconds),
    reference('CPU of all nodes until then', 's', cpuBefore - cpuAtStart),
    reference('CPU of all nodes from then on', 's', cpu),
    atLeast('SPs of which a node is verified, mean of all nodes', '%', share, 100),
    atMost(`${specs.length} nodes know a verified node of each of ${sps} SPs, after`, 's', seconds, COVER_SECONDS)
  ]
}

async function workersOf(scope: RowContext['scope'], processes: number): Promise<Worker[]> {
  return await Promise.all(Array.from({ length: processes }, (_, index) => scope.nodes(`nodes-${index}`)))
}
