import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { atMost, exactly, type Figure, reference } from '../harness/figures.js'
import { createSps, dealt, type NetworkSp, startAll } from '../harness/network.js'
import type { Coverage, NodeInfo, NodeSpec } from '../harness/nodes.js'
import type { RowContext } from '../harness/row.js'
import { COVER_SECONDS, cpuSecondsOf, untilAll } from './covering.js'

/** Nodes that ask, and whose books are read from disk afterwards. */
const ASKERS = 2
const ASK = { timeoutMs: 10_000 }

/**
 * A list that names no peer ids and a wire without certificates: nothing ties a node to its SP but signatures that anyone
 * may replay. Nodes stand as claimed, and the first approval of an ask of our own gives one its place on disk.
 */
export async function open({ short, say, scope }: RowContext): Promise<Figure[]> {
  const [count, perSp, processes] = short ? [4, 2, 1] : [20, 3, 2]
  const workers = await Promise.all(Array.from({ length: processes }, (_, index) => scope.nodes(`open-${index}`)))
  const sps = createSps(count)
  const file = join(await scope.folder(), 'providers.toml')
  await writeFile(file, providersFile(sps))
  const asking = await Promise.all(
    Array.from({ length: ASKERS }, async (_, index) => ({ id: `open${index + 1}-0`, bookDir: await scope.folder() }))
  )
  const specs = sps.flatMap(({ operatorKey }, sp) =>
    Array.from({ length: perSp }, (_, node): NodeSpec => {
      const id = `open${sp}-${node}`
      return { id, operatorKey, chain: { kind: 'static', file }, ...asking.find(asker => asker.id === id) }
    })
  )
  const plan = dealt(specs, workers)
  const workerOf = (id: string) => {
    const [worker] = [...plan].find(([, own]) => own.some(spec => spec.id === id)) ?? []
    if (worker === undefined) throw new RangeError(`expected a worker of ${id}`)
    return worker
  }

  say(`starting ${specs.length} nodes of ${count} SPs on a list that names no peer ids`)
  const nodes: readonly NodeInfo[] = await startAll(plan)
  say('all listen')
  const spOf = new Map(nodes.map(({ peerId, sp }) => [peerId, sp]))
  const cpuBefore = await cpuSecondsOf(workers)
  const isCovered = ({ listed, claimed }: Coverage): boolean => listed === count - 1 && claimed === listed
  const { seconds, last } = await untilAll(workers, isCovered, say)
  const cpu = (await cpuSecondsOf(workers)) - cpuBefore
  const behind = last.filter(node => !isCovered(node))
  for (const { id, claimed, listed } of behind.slice(0, 5)) say(`${id} knows ${claimed} of ${listed}`)

  let approvals = 0
  for (const { id } of asking) {
    const outcome = await workerOf(id).call('ask', id, { min: count - 1, max: count - 1, ...ASK })
    if (!outcome.ok) say(`${id}: ${outcome.error}`)
    approvals += outcome.approved
  }
  let kept = 0
  for (const { id, bookDir } of asking) {
    const worker = workerOf(id)
    await worker.call('stop', [id])
    // Of each SP that answered, whoever did is on disk under it.
    const { nodes: onDisk } = await worker.call('readBook', bookDir)
    const own = onDisk.filter(node => node.proven && node.sp !== undefined && spOf.get(node.peerId) === node.sp)
    kept += new Set(own.map(({ sp }) => sp)).size
  }
  const each = ASKERS * (count - 1)
  return [
    reference('open: CPU of all nodes from the last start on', 's', cpu),
    atMost(
      `open: ${specs.length} nodes know a claimed node of each of ${count} SPs, after`,
      's',
      seconds,
      COVER_SECONDS
    ),
    exactly(`open: approvals of ${ASKERS} asks of ${count - 1} SPs`, '', approvals, each),
    exactly('open: SPs with a node on disk after its first approval', '', kept, each)
  ]
}

/** All SPs, none of their nodes; heights from the clock. */
function providersFile(sps: readonly NetworkSp[]): string {
  const chain = ['[chain]', 'network = "chaos"', 'genesis = 2025-01-01T00:00:00Z', 'block_time = "2s"', '']
  return [...chain, ...sps.flatMap(({ address }) => ['[[providers]]', `operator_address = "${address}"`, ''])].join(
    '\n'
  )
}
