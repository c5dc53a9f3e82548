import type { AskOutcome } from '../harness/asking.js'
import type { Census } from '../harness/census.js'
import { atLeast, atMost, type Figure, mean, percentile, reference } from '../harness/figures.js'
import { createNetwork, createSps, pause, startAll } from '../harness/network.js'
import type { NodeSpec } from '../harness/nodes.js'
import { type Row, type RowContext, shuffled } from '../harness/row.js'
import type { Worker } from '../harness/worker.js'

const SHARE = 0.2
const MAX_GROWTH = 1.1
/** Handles and listeners come in small numbers: two connections that happen to be open are no leak. */
const SLACK = 8
/** Of three connections, or of some dials under way. */
const LISTENERS_SLACK = 75
/** Until a second connection to a node is given up, and some more. */
const SETTLE_SECONDS = 25
/** Kept for queries: until there are so many, memory grows by design. */
const FINISHED_TASKS_KEPT = 1_000

/** What a finished ask holds while it is kept: task, report and signatures; 4 to 7 KB were seen. */
const KEPT_TASK_BYTES = 8_192

/** Each of them has a core's worth of nodes to stop and start; in one, a round of the long form took up to 44 s. */
const CROWD_PROCESSES = 2

interface CrowdNode extends NodeSpec {
  /** Number of its SP, whose nodes share a process. */
  readonly sp: number
}

/**
 * Every ten seconds a fifth of the nodes leave, every other of them without a word, and as many others of the same SPs
 * join. One node stays and asks all the while; what it holds is counted after each round.
 *
 * Who dies without a word stays on the list until the next round, as until an operator notices.
 */
export const churn: Row = {
  name: 'churn',
  shows: 'asks succeed and nothing grows while a fifth of the nodes leave and others join, again and again',
  run
}

async function run({ short, say, scope, random }: RowContext): Promise<Figure[]> {
  const { sps, perSp, min, periodMs, rounds, askEveryMs, warmUp } = short
    ? { sps: 6, perSp: 1, min: 3, periodMs: 1_000, rounds: 6, askEveryMs: 100, warmUp: 50 }
    : { sps: 20, perSp: 3, min: 6, periodMs: 10_000, rounds: 18, askEveryMs: 200, warmUp: FINISHED_TASKS_KEPT }
  const network = await createNetwork(scope)
  const [own, ...others] = createSps(sps + 1)
  if (own === undefined) throw new RangeError('expected an SP that asks')
  const asker = await scope.worker('asker')
  const crowd = await Promise.all(Array.from({ length: CROWD_PROCESSES }, (_, index) => scope.nodes(`crowd-${index}`)))
  await asker.call('watchListeners')

  let names = 0
  const nodeOf = (sp: number): CrowdNode => {
    const operatorKey = others[sp]?.operatorKey
    if (operatorKey === undefined) throw new RangeError(`expected an SP below ${sps}, got ${sp}`)
    return { sp, id: `sp${sp}-${names++}`, operatorKey, chain: network.chain() }
  }
  let present = Array.from({ length: sps * perSp }, (_, index) => nodeOf(index % sps))
  say(`starting ${present.length} nodes of ${sps} SPs`)
  const [first] = await startAll(homes(crowd, present))
  const bootstrap = first === undefined ? [] : [first.bootstrap]
  await asker.call('start', [{ id: 'asker', operatorKey: own.operatorKey, chain: network.chain(), bootstrap }])
  await asker.call('waitForSps', 'asker', sps, 60_000)
  const ask = { min, max: min, timeoutMs: 5_000 }
  await asker.call('askInTurn', ['asker'], ask, warmUp, 1)
  await asker.call('startAsking', 'asker', ask, askEveryMs)

  const taken: Census[] = []
  const roundSeconds: number[] = []
  const live: { readonly at: number; readonly sps: number }[] = []
  const note = (): void => {
    live.push({ at: Date.now(), sps: new Set(present.map(({ sp }) => sp)).size })
  }
  note()
  for (let round = 1; round <= rounds; round++) {
    const begun = performance.now()
    const leaving = shuffled(present, random).slice(0, Math.round(present.length * SHARE))
    const gone = new Set(leaving)
    const joining = leaving.map(({ sp }) => nodeOf(sp))
    present = present.filter(node => !gone.has(node))
    note()
    await exchange(crowd, leaving, joining, bootstrap)
    present.push(...joining)
    note()
    await pause(periodMs - (performance.now() - begun))
    taken.push(await asker.call('census'))
    const seconds = (performance.now() - begun) / 1_000
    roundSeconds.push(seconds)
    const { heapBytes, handles, listeners } = taken.at(-1) ?? {
      heapBytes: Number.NaN,
      handles: Number.NaN,
      listeners: Number.NaN
    }
    const held = `${(heapBytes / 1e6).toFixed(1)} MB, ${handles} handles, ${listeners} listeners`
    say(`round ${round} of ${rounds} took ${seconds.toFixed(1)} s: ${held}`)
  }
  // A short run ends among connections that are about to be closed: what stays when nobody comes or goes is a leak.
  for (let left = SETTLE_SECONDS; short && left > 0 && !isFlat(taken); left--) {
    await pause(1_000)
    taken.push(await asker.call('census'))
  }
  const outcomes = await asker.call('endAsking', 'asker')
  tellGrowth(taken, say)
  // Before the history of finished tasks is full, each ask adds one between the first third and the last.
  const kept = short ? (outcomes.length * 2) / 3 : 0
  return [
    reference('round, meant', 's', periodMs / 1_000),
    reference('round, mean', 's', mean(roundSeconds)),
    ...judgeAsks(outcomes, live, min, say),
    ...judgeGrowth(taken, (kept * KEPT_TASK_BYTES) / 1e6)
  ]
}

/** A process for each SP: who joins for it runs where those before it ran. */
const homes = (crowd: readonly Worker[], nodes: readonly CrowdNode[]): Map<Worker, CrowdNode[]> =>
  new Map(crowd.map((worker, hand) => [worker, nodes.filter(({ sp }) => sp % crowd.length === hand)]))

async function exchange(
  crowd: readonly Worker[],
  leaving: readonly CrowdNode[],
  joining: readonly CrowdNode[],
  bootstrap: readonly string[]
): Promise<void> {
  const silently = new Set(leaving.filter((_, index) => index % 2 === 0))
  const [out, into] = [homes(crowd, leaving), homes(crowd, joining)]
  await Promise.all(
    crowd.map(async worker => {
      const leavers = out.get(worker) ?? []
      const ids = (silent: boolean): string[] =>
        leavers.filter(node => silently.has(node) === silent).map(({ id }) => id)
      await worker.call('forgetDead')
      await worker.call('stop', ids(true), { forgetLater: true })
      await worker.call('leave', ids(false))
      await worker.call(
        'start',
        (into.get(worker) ?? []).map(spec => ({ ...spec, bootstrap }))
      )
    })
  )
}

const isFlat = (taken: readonly Census[]): boolean => judgeGrowth(taken, Number.POSITIVE_INFINITY).every(({ ok }) => ok)

/** Asks that could have succeeded: all the while they ran, `min` SPs had a node that was not about to leave. */
function judgeAsks(
  outcomes: readonly AskOutcome[],
  live: readonly { readonly at: number; readonly sps: number }[],
  min: number,
  say: RowContext['say']
): Figure[] {
  const liveDuring = ({ at, ms }: AskOutcome): number => {
    const before = live.findLast(moment => moment.at <= at)
    const during = live.filter(moment => moment.at > at && moment.at <= at + ms)
    return Math.min(...[...(before === undefined ? [] : [before]), ...during].map(moment => moment.sps))
  }
  const possible = outcomes.filter(outcome => liveDuring(outcome) >= min)
  const failed = possible.filter(({ ok }) => !ok)
  for (const { approved, error } of failed.slice(0, 3)) say(`failed with ${approved} approvals: ${error}`)
  const times = possible.filter(({ ok }) => ok).map(({ ms }) => ms)
  return [
    reference('asks that could succeed', '', possible.length),
    reference('p95 of an ask', 'ms', percentile(times, 0.95)),
    atLeast('asks that succeed', '%', (100 * (possible.length - failed.length)) / possible.length, 99.9)
  ]
}

function judgeGrowth(taken: readonly Census[], keptMb: number): Figure[] {
  const third = Math.max(1, Math.floor(taken.length / 3))
  // What is open for a moment is no leak, and a leak shows in the least of a third too.
  const grown = (name: string, unit: string, value: (census: Census) => number, slack: number): Figure[] => {
    const first = Math.min(...taken.slice(0, third).map(value))
    const last = Math.min(...taken.slice(-third).map(value))
    const limit = Number((first * MAX_GROWTH + slack).toFixed(1))
    return [
      reference(`${name}, least of the first third`, unit, first),
      atMost(`${name}, least of the last third`, unit, last, limit)
    ]
  }
  return [
    ...grown('heap', 'MB', ({ heapBytes }) => heapBytes / 1e6, keptMb),
    ...grown('handles', '', ({ handles }) => handles, SLACK),
    ...grown('listeners', '', ({ listeners }) => listeners, LISTENERS_SLACK)
  ]
}

/** Which listeners became more, for whoever looks for a leak. */
function tellGrowth(taken: readonly Census[], say: RowContext['say']): void {
  const [first, last] = [taken.at(0)?.byType ?? {}, taken.at(-1)?.byType ?? {}]
  const grown = Object.entries(last)
    .map(([type, count]) => ({ type, more: count - (first[type] ?? 0) }))
    .sort((a, b) => b.more - a.more)
  const most = grown.slice(0, 5).filter(({ more }) => more > 0)
  say(`more listeners: ${most.map(({ type, more }) => `${type} +${more}`).join(', ') || 'none'}`)
}
