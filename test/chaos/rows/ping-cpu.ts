import { entryOf } from '../harness/entries.js'
import { atLeast, atMost, type Figure, holds, reference } from '../harness/figures.js'
import { createSps, pause } from '../harness/network.js'
import type { NodeInfo } from '../harness/nodes.js'
import type { Row, RowContext } from '../harness/row.js'
import type { Worker } from '../harness/worker.js'

const PEERS = 63
const PERIOD_MS = 1_000
/** So long that none is sent. */
const NEVER_MS = 86_400_000
const MAX_PERCENT = 5

/**
 * One node and its peers, in two processes, all pinging once a second; then the same without pings. The difference is
 * what pings cost the node, those it answers included.
 */
export const pingCpu: Row = {
  name: 'ping-cpu',
  shows: `a node spends at most ${MAX_PERCENT} % of a core on pings with ${PEERS} peers at one per second`,
  run
}

interface Plan {
  readonly peers: number
  /** After the last connection stands, before it is measured. */
  readonly settleMs: number
  readonly seconds: number
}

interface Measured {
  /** Of a core. */
  readonly percent: number
  readonly pingsPerSecond: number
  /** Pings of the others. */
  readonly answersPerSecond: number
  /** In force, as the node says. */
  readonly periodSeconds: number | undefined
  /** Of a core, on pings, as the node says. */
  readonly toldPercent: number
}

async function run(context: RowContext): Promise<Figure[]> {
  const { scope } = context
  const node = await scope.worker('node')
  const crowd = await scope.nodes('peers')
  return context.short ? await paced(node, crowd) : await whole(node, crowd, context)
}

/** The short form has few peers and four times the pings of each, and too little time to say more than that the pace holds. */
async function paced(node: Worker, crowd: Worker): Promise<Figure[]> {
  const [peers, periodMs] = [8, 250]
  const busy = await measure(node, crowd, periodMs, { peers, settleMs: 4_000, seconds: 2 })
  return [...paceOf(busy, periodMs), sentOf(busy, periodMs, peers)]
}

async function whole(node: Worker, crowd: Worker, { say }: RowContext): Promise<Figure[]> {
  const plan = { peers: PEERS, settleMs: 60_000, seconds: 30 }
  // A node learns what pings cost from many of them before it makes them fewer.
  const busy = await measure(node, crowd, PERIOD_MS, plan)
  say(`with pings: ${busy.percent.toFixed(2)} % of a core, ${busy.pingsPerSecond.toFixed(1)} pings a second`)
  const quiet = await measure(node, crowd, NEVER_MS, { ...plan, settleMs: plan.settleMs / 2 })
  say(`without pings: ${quiet.percent.toFixed(2)} % of a core`)
  const { periodSeconds = PERIOD_MS / 1_000, pingsPerSecond, answersPerSecond } = busy
  const percent = busy.percent - quiet.percent
  // Answering a ping costs what sending one does.
  const costMs = (percent * 10) / (pingsPerSecond + answersPerSecond)
  // All nodes stretch alike. At whatever period, a peer that has just pinged is skipped: not every ping that is due is sent.
  const asConfigured = (percent * periodSeconds * 1_000) / PERIOD_MS
  const stretched = periodSeconds * 1_000 > PERIOD_MS
  return [
    ...paceOf(busy, PERIOD_MS),
    reference('CPU of a ping or an answer', 'ms', costMs),
    reference('CPU that pings would take at the period configured', '% of a core', asConfigured),
    atMost(`CPU on pings with ${PEERS} peers`, '% of a core', percent, MAX_PERCENT),
    holds('the period is stretched where they would take more', 'yes', asConfigured <= MAX_PERCENT || stretched),
    atLeast('CPU on pings as the node says, of what was measured', '%', (100 * busy.toldPercent) / percent, 60),
    sentOf(busy, PERIOD_MS, PEERS)
  ]
}

const paceOf = (
  { periodSeconds = Number.NaN, pingsPerSecond, answersPerSecond, toldPercent }: Measured,
  periodMs: number
): Figure[] => [
  reference('ping period configured', 's', periodMs / 1_000),
  reference('ping period in force, as the node says', 's', periodSeconds),
  reference('pings a second', '', pingsPerSecond),
  reference('pings of others that it answers, a second', '', answersPerSecond),
  reference('CPU on pings, as the node says', '% of a core', toldPercent)
]

function sentOf({ pingsPerSecond, periodSeconds }: Measured, periodMs: number, peers: number): Figure {
  const percent = (100 * pingsPerSecond * (periodSeconds ?? periodMs / 1_000)) / peers
  return atLeast('pings a second, of those due at the period in force', '%', percent, 30)
}

async function measure(
  node: Worker,
  crowd: Worker,
  pingPeriodMs: number,
  { peers, settleMs, seconds }: Plan
): Promise<Measured> {
  const [own, ...others] = createSps(peers + 1)
  if (own === undefined) throw new RangeError('expected an SP')
  const spec = { chain: { kind: 'memory' }, pingPeriodMs, dht: 'off' } as const
  const specs = others.map(({ operatorKey }, index) => ({ ...spec, id: `peer${index}`, operatorKey }))
  // Listed without nodes, none of them dials another.
  const [self, infos]: [NodeInfo[], NodeInfo[]] = await Promise.all([
    node.call('start', [{ ...spec, id: 'node', operatorKey: own.operatorKey }]),
    crowd.call('start', specs)
  ])
  await crowd.call('putEntries', [
    ...infos.map(info => entryOf(info, { open: true })),
    ...self.map(info => entryOf(info))
  ])
  await node.call('putEntries', [...self.map(info => entryOf(info)), ...infos.map(info => entryOf(info))])
  await node.call('waitForSps', 'node', peers, 60_000)
  await pause(settleMs)
  const sent = async (): Promise<number> => (await node.call('metric', 'node', 'pings_sent_total')).all ?? 0
  const answered = async (): Promise<number> =>
    (await node.call('metric', 'node', 'pings_received_total', 'result')).ok ?? 0
  const [sentBefore, answeredBefore] = [await sent(), await answered()]
  const [cpuBefore, begun] = [await node.call('cpuMs'), performance.now()]
  await pause(seconds * 1_000)
  const elapsed = performance.now() - begun
  const cpuMs = (await node.call('cpuMs')) - cpuBefore
  const perSecond = (count: number): number => (count * 1_000) / elapsed
  const [pingsPerSecond, answersPerSecond] = [
    perSecond((await sent()) - sentBefore),
    perSecond((await answered()) - answeredBefore)
  ]
  const { all: periodSeconds } = await node.call('metric', 'node', 'ping_period_seconds')
  const { all: told = 0 } = await node.call('metric', 'node', 'ping_cpu_ratio')
  await Promise.all([node.call('stopAll'), crowd.call('stopAll')])
  await Promise.all([node.call('dropEntries'), crowd.call('dropEntries')])
  return { percent: (100 * cpuMs) / elapsed, pingsPerSecond, answersPerSecond, periodSeconds, toldPercent: 100 * told }
}
