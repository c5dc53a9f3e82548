import type { DialRecord } from '../harness/faults.js'
import { atMost, exactly, type Figure, reference } from '../harness/figures.js'
import { coverage, createNetwork, createSps, type Plan, pause, secondsUntil, startAll } from '../harness/network.js'
import type { Row, RowContext } from '../harness/row.js'
import type { Worker } from '../harness/worker.js'

const RECONNECT_SECONDS = 30
const MAX_DIALS_PER_SECOND = 20

/**
 * Two halves of a network, a process each, lose each other: open connections fall silent or are reset, new ones find nobody. One half loses the coordinator with it. Every TCP connection that a node tries while apart is counted.
 */
export const partition: Row = {
  name: 'partition',
  shows: 'halves that lost each other are together again soon, and do not flood the network meanwhile',
  run
}

async function run({ short, say, scope }: RowContext): Promise<Figure[]> {
  const [sps, perSp, apartMs, pingPeriodMs] = short ? [6, 1, 4_000, 1_000] : [12, 2, 120_000, 5_000]
  const network = await createNetwork(scope)
  const halves = [await scope.worker('left'), await scope.nodes('right')]
  for (const half of halves) await half.call('watchDials')
  const specs = createSps(sps).map(({ operatorKey }, sp) =>
    Array.from({ length: perSp }, (_, node) => ({
      id: `sp${sp}-${node}`,
      operatorKey,
      chain: network.chain(),
      pingPeriodMs
    }))
  )
  // Whole SPs are on one side or the other, so that being apart is felt.
  const plan: Plan = new Map(halves.map((half, side) => [half, specs.filter((_, sp) => sp % 2 === side).flat()]))
  say(`starting ${sps * perSp} nodes in two halves`)
  const nodes = await startAll(plan)
  await secondsUntil(60_000, () => isWhole(halves, sps))
  if (!(await isWhole(halves, sps))) throw new Error('expected every node to reach every SP before they are parted')
  // Those that were still being opened are no dials of the parted.
  await pause(short ? 500 : 3_000)

  const portsOf = (half: Worker): number[] => {
    const own = new Set(plan.get(half)?.map(({ id }) => id))
    return nodes.filter(({ id }) => own.has(id)).map(({ port }) => port)
  }
  const [left, right] = halves
  if (left === undefined || right === undefined) throw new RangeError('expected two halves')
  const coordinatorPort = Number(new URL(network.url).port)
  for (const half of halves) await half.call('takeDials')
  // Silence takes a minute to notice, which the short form does not have.
  const how = short ? 'reset' : 'some of both'
  await Promise.all([
    left.call('cutOff', portsOf(right), how),
    right.call('cutOff', [...portsOf(left), coordinatorPort], how)
  ])
  say(`apart for ${apartMs / 1_000} s`)
  const begun = performance.now()
  const noticed = await secondsUntil(apartMs, async () => {
    const known = await coverage(halves)
    return known.every(({ reachable }) => reachable < sps / 2)
  })
  say(noticed === undefined ? 'not every node noticed' : `every node noticed after ${noticed.toFixed(1)} s`)
  await pause(apartMs - (performance.now() - begun))
  const dials = (await Promise.all(halves.map(half => half.call('takeDials')))).flat()
  const between = dials.filter(({ port }) => port !== coordinatorPort)
  const [worst, mean] = dialRates(between, apartMs, sps * perSp)
  const unnamed = between.filter(({ node }) => node === undefined).length
  if (unnamed > 0) say(`${unnamed} of ${between.length} dials could not be told whose they are`)

  await Promise.all(halves.map(half => half.call('rejoin')))
  say('together again')
  const seconds = await secondsUntil(2 * RECONNECT_SECONDS * 1_000, () => isWhole(halves, sps))
  return [
    reference('apart for', 's', apartMs / 1_000),
    reference('noticed by all after', 's', noticed ?? Number.POSITIVE_INFINITY),
    reference('dials of a node while apart, mean', '/s', mean),
    exactly('dials of nobody we know', '', unnamed, 0),
    atMost('dials of a node in any second while apart', '/s', worst, MAX_DIALS_PER_SECOND),
    atMost('every node reaches every SP again after', 's', seconds ?? Number.POSITIVE_INFINITY, RECONNECT_SECONDS)
  ]
}

async function isWhole(halves: readonly Worker[], sps: number): Promise<boolean> {
  const known = await coverage(halves)
  return known.every(({ listed, reachable }) => listed === sps - 1 && reachable === listed)
}

/** The most that one node dialled within any second, and the mean of all. */
function dialRates(dials: readonly DialRecord[], ms: number, nodes: number): readonly [number, number] {
  const names = new Set(dials.map(({ node }) => node))
  let worst = 0
  for (const name of names) {
    const times = dials.flatMap(({ node, at }) => (node === name ? [at] : [])).sort((a, b) => a - b)
    let oldest = 0
    for (const [index, time] of times.entries()) {
      while (time - (times[oldest] ?? time) >= 1_000) oldest++
      worst = Math.max(worst, index - oldest + 1)
    }
  }
  return [worst, (dials.length * 1_000) / ms / nodes]
}
