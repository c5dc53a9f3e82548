import { setTimeout as sleep } from 'node:timers/promises'
import { StepError } from './step.js'

/**
 * Waits until a node has a connection to so many other SPs. Asks the API: eight commands at once would slow the nodes.
 * @param {import('./step.js').SpNode} node @param {number} count
 */
export async function untilReaches(node, count, timeoutMs = 15_000) {
  const end = performance.now() + timeoutMs
  for (;;) {
    const { sps } = await node.api('/sps')
    const reached = sps.filter(sp => sp.reachable && !sp.self).length
    if (reached >= count) return
    if (performance.now() > end)
      throw new StepError(`expected ${node.name} to reach ${count} SPs, got ${reached}`, node)
    await sleep(100)
  }
}
