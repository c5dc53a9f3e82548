import type { AskOutcome, AskPlan } from '../harness/asking.js'
import type { ChainSpec } from '../harness/chains.js'
import { listed } from '../harness/entries.js'
import { atLeast, atMost, type Figure, percentile, reference } from '../harness/figures.js'
import { createNetwork, createSps, type Plan, pause, secondsUntil, startAll } from '../harness/network.js'
import type { NodeSpec } from '../harness/nodes.js'
import { type Row, type RowContext, shuffled } from '../harness/row.js'
import type { Worker } from '../harness/worker.js'

/** How a dead node is dead: its port refuses, it accepts and says nothing, it answers seconds late. */
const WAYS = ['refusing', 'silent', 'slow'] as const
type Way = (typeof WAYS)[number]

const STALL_MS = 2_000
const MAX_RATIO = 1.3

/**
 * A third of the dead refuse, a third are stopped in their tracks, a third are slow; every SP keeps a node that lives.
 *
 * Two nodes of one SP in one process ask in turn: one knows all nodes, the other only those that will live, so both face
 * the same live SPs on the same machine at the same moment. The ratio is of their 95th percentiles from the moment of the
 * deaths on, the asks that meet a node whose death nobody has noticed yet included.
 */
export const dead: Row = {
  name: 'dead',
  shows: 'asks succeed, as fast as ever, with 30 % and 50 % of the nodes refusing, silent or slow',
  run
}

async function run(context: RowContext): Promise<Figure[]> {
  const { short, say, scope, random } = context
  const [sps, perSp, min, rounds, pauseMs] = short ? [6, 2, 4, 100, 10] : [20, 3, 6, 300, 50]
  const ask = { min, max: min, timeoutMs: 5_000 }
  // In the short form the SPs do not know each other, which saves all connections but the asker's.
  const network = short ? undefined : await createNetwork(scope)
  const chain = (hide: readonly string[] = []): ChainSpec => network?.chain(hide) ?? { kind: 'memory', hide }
  const dht = short ? ('off' as const) : ('server' as const)
  const [own, ...others] = createSps(sps + 1)
  if (own === undefined) throw new RangeError('expected an SP that asks')

  const all = others.flatMap(({ operatorKey }, sp) =>
    Array.from({ length: perSp }, (_, node) => ({ sp, id: `sp${sp}-${node}`, operatorKey, chain: chain(), dht }))
  )
  const deaths = chooseDead(all, short ? [0.5] : [0.3, 0.5], random)
  const dying = new Set(deaths.flatMap(({ nodes }) => nodes.map(({ id }) => id)))

  const asker = await scope.nodes('asker')
  const living = await scope.worker('living')
  const plan = new Map<Worker, NodeSpec[]>([[living, all.filter(({ id }) => !dying.has(id))]])
  const graves = new Map<string, Worker>()
  for (const { percent, nodes } of deaths) {
    for (const way of WAYS) {
      const worker = await scope.worker(`${way}-${percent}`)
      graves.set(`${way}-${percent}`, worker)
      plan.set(
        worker,
        nodes.filter((_, index) => WAYS[index % WAYS.length] === way)
      )
    }
  }
  say(`starting ${all.length} nodes of ${sps} SPs, ${dying.size} of which will die`)
  const nodes = await startAll(plan satisfies Plan)
  const [anyLiving] = nodes.filter(({ id }) => !dying.has(id))
  const hide = nodes.filter(({ id }) => dying.has(id)).map(({ peerId }) => peerId)
  const bootstrap = anyLiving === undefined ? [] : [anyLiving.bootstrap]
  const spec = { operatorKey: own.operatorKey, bootstrap, dht }
  if (short) {
    const open = [listed(own.address), ...others.map(({ address }) => listed(address))]
    for (const worker of plan.keys()) await worker.call('putEntries', open)
    const named = others.map(({ address }) =>
      listed(
        address,
        nodes.filter(info => info.sp === address)
      )
    )
    await asker.call('putEntries', [listed(own.address), ...named])
  }
  await asker.call('start', [
    { ...spec, id: 'sheltered', chain: chain(hide) },
    { ...spec, id: 'exposed', chain: chain() }
  ])
  for (const id of ['sheltered', 'exposed']) await reachAll(asker, id, sps)
  await asker.call(
    'dialNow',
    'exposed',
    nodes.map(({ peerId }) => peerId)
  )
  const complete = await secondsUntil(30_000, async () => (await known(asker, 'exposed')) >= all.length)
  say(complete === undefined ? 'the asker is not connected to every node' : 'the asker is connected to every node')

  // The first asks of a process are slower than all that follow.
  await asker.call('askInTurn', ['sheltered', 'exposed'], ask, rounds / 2, 5)
  const figures: Figure[] = []
  const [, before = []] = await asker.call('askInTurn', ['sheltered', 'exposed'], ask, rounds / 2, pauseMs)
  figures.push(reference(`${min} of ${sps}, p95 while all live`, 'ms', time(before, 0.95)))
  for (const { percent, nodes: gone } of deaths) {
    say(`${percent} % dead: ${gone.length} more of ${all.length} die now`)
    for (const way of WAYS) await die(way, graves.get(`${way}-${percent}`))
    figures.push(...(await judge(asker, ask, { percent, sps, rounds, pauseMs }, context)))
  }
  return figures
}

interface Wave {
  readonly percent: number
  readonly sps: number
  readonly rounds: number
  readonly pauseMs: number
}

async function judge(
  asker: Worker,
  ask: AskPlan,
  { percent, sps, rounds, pauseMs }: Wave,
  { short, say }: RowContext
): Promise<Figure[]> {
  const [sheltered = [], exposed = []] = await asker.call('askInTurn', ['sheltered', 'exposed'], ask, rounds, pauseMs)
  // Every SP has a node that lives, so an ask of all of them can succeed too.
  const ofAll: AskOutcome[] = []
  for (let i = 0; i < 5; i++) {
    ofAll.push(await asker.call('ask', 'exposed', { min: sps, max: sps, timeoutMs: 10_000 }))
    await pause(pauseMs)
  }
  const asks = [...exposed, ...ofAll]
  const failed = asks.filter(({ ok }) => !ok)
  for (const { approved, error } of failed.slice(0, 3)) say(`failed with ${approved} approvals: ${error}`)
  // Of the few asks of the short form the 95th percentile is one ask that the machine held up: there, the middle is judged.
  const [share, name] = short ? [0.5, 'median'] : [0.95, 'p95']
  const [healthyMs, deadMs] = [time(sheltered, share), time(exposed, share)]
  return [
    reference(`${percent} % dead: ${name} of who knows only the living`, 'ms', healthyMs),
    reference(`${percent} % dead: ${name} of who knows all`, 'ms', deadMs),
    reference(`${percent} % dead: slowest`, 'ms', Math.max(...exposed.map(({ ms }) => ms))),
    reference(`${percent} % dead: all ${sps} SPs asked, slowest`, 'ms', Math.max(...ofAll.map(({ ms }) => ms))),
    atMost(`${percent} % dead: ${name} against healthy`, '×', deadMs / healthyMs, MAX_RATIO),
    atLeast(`${percent} % dead: asks that succeed`, '%', (100 * (asks.length - failed.length)) / asks.length, 100)
  ]
}

const time = (outcomes: readonly AskOutcome[], share: number): number =>
  percentile(
    outcomes.map(({ ms }) => ms),
    share
  )

interface Death {
  readonly percent: number
  readonly nodes: readonly (NodeSpec & { readonly sp: number })[]
}

/** Who dies, at random, in waves that add up to the shares; never the last node of an SP. */
function chooseDead(
  all: readonly (NodeSpec & { readonly sp: number })[],
  shares: readonly number[],
  random: () => number
): Death[] {
  const left = new Map<number, number>()
  for (const { sp } of all) left.set(sp, (left.get(sp) ?? 0) + 1)
  const waiting = shuffled(all, random)
  let died = 0
  return shares.map(share => {
    const nodes: Death['nodes'][number][] = []
    for (const node of [...waiting]) {
      if (died >= Math.round(all.length * share)) break
      const siblings = left.get(node.sp) ?? 0
      if (siblings < 2) continue
      left.set(node.sp, siblings - 1)
      waiting.splice(waiting.indexOf(node), 1)
      nodes.push(node)
      died++
    }
    return { percent: Math.round(share * 100), nodes }
  })
}

async function die(way: Way, worker: Worker | undefined): Promise<void> {
  if (way === 'refusing') await worker?.kill()
  else if (way === 'silent') worker?.freeze()
  else await worker?.call('slowDown', STALL_MS)
}

async function reachAll(asker: Worker, id: string, sps: number): Promise<void> {
  const reached = await secondsUntil(60_000, async () => (await asker.call('reachable', id)).length >= sps)
  if (reached !== undefined) return
  const { length } = await asker.call('reachable', id)
  throw new Error(`expected ${id} to reach ${sps} SPs before the first dies, it reaches ${length}`)
}

const known = async (asker: Worker, id: string): Promise<number> =>
  (await asker.call('peers', id)).filter(({ connected }) => connected).length
