import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { atLeast, atMost, exactly, type Figure } from '../harness/figures.js'
import { coverage, createSps, dealt, type NetworkSp, type Plan, secondsUntil, startAll } from '../harness/network.js'
import type { NodeInfo, NodeSpec } from '../harness/nodes.js'
import type { RowContext } from '../harness/row.js'

const GOAL_SECONDS = 30
/** Nodes that ask, and whose books are read from disk afterwards. */
const ASKERS = 2
const ASK = { timeoutMs: 10_000 }

/**
 * A list that names no peer ids and a wire without certificates: nothing ties a node to its SP but signatures that anyone
 * may replay. Nodes stand as claimed, and the first approval of an ask of our own gives one its place on disk.
 */
export async function open({ short, say, scope }: RowContext): Promise<Figure[]> {
  const [count, processes] = short ? [5, 1] : [20, 2]
  const workers = await Promise.all(Array.from({ length: processes }, (_, index) => scope.nodes(`open-${index}`)))
  const sps = createSps(count)
  const file = join(await scope.folder(), 'providers.toml')
  await writeFile(file, providersFile(sps))
  const specs = await Promise.all(
    sps.map(async ({ operatorKey }, sp): Promise<NodeSpec> => {
      const asks = sp > 0 && sp <= ASKERS
      const spec: NodeSpec = { id: `open${sp}`, operatorKey, chain: { kind: 'static', file } }
      return asks ? { ...spec, bookDir: await scope.folder() } : spec
    })
  )
  const hands = dealt(specs, workers.length)
  const plan: Plan = new Map(workers.map((worker, index) => [worker, hands[index] ?? []]))
  const workerOf = (id: string) => {
    const [worker] = [...plan].find(([, own]) => own.some(spec => spec.id === id)) ?? []
    if (worker === undefined) throw new RangeError(`expected a worker of ${id}`)
    return worker
  }

  say(`starting ${count} nodes on a list that names no peer ids`)
  const nodes: readonly NodeInfo[] = await startAll(plan)
  const spOf = new Map(nodes.map(({ peerId, sp }) => [peerId, sp]))
  const seconds = await secondsUntil(2 * GOAL_SECONDS * 1_000, async () => {
    const known = await coverage(workers)
    return known.every(({ listed, claimed }) => listed === count - 1 && claimed === listed)
  })
  say(seconds === undefined ? 'not every node knows a node of every SP' : `all know all after ${seconds.toFixed(1)} s`)

  const asking = specs.flatMap(({ id, bookDir }) => (bookDir === undefined ? [] : [{ id, bookDir }]))
  let approvals = 0
  for (const { id } of asking) {
    const outcome = await workerOf(id).call('ask', id, { min: count - 1, max: count - 1, ...ASK })
    if (!outcome.ok) say(`${id}: ${outcome.error}`)
    approvals += outcome.approved
  }
  let kept = 0
  for (const { id, bookDir } of asking) {
    await workerOf(id).call('stop', [id])
    // Whoever answered is on disk under the SP it spoke for.
    const { nodes: onDisk } = await workerOf(id).call('readBook', bookDir)
    kept += onDisk.filter(node => node.proven && node.sp !== undefined && spOf.get(node.peerId) === node.sp).length
  }
  const each = ASKERS * (count - 1)
  return [
    atMost(
      `open: ${count} nodes know a claimed node of every SP, after`,
      's',
      seconds ?? Number.POSITIVE_INFINITY,
      GOAL_SECONDS
    ),
    exactly(`open: approvals of ${ASKERS} asks of ${count - 1} SPs`, '', approvals, each),
    atLeast('open: nodes on disk under their SP after the first approval', '', kept, each)
  ]
}

/** All SPs, none of their nodes; heights from the clock. */
function providersFile(sps: readonly NetworkSp[]): string {
  const chain = ['[chain]', 'network = "chaos"', 'genesis = 2025-01-01T00:00:00Z', 'block_time = "2s"', '']
  return [...chain, ...sps.flatMap(({ address }) => ['[[providers]]', `operator_address = "${address}"`, ''])].join(
    '\n'
  )
}
