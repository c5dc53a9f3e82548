import { entryOf } from '../harness/entries.js'
import { atLeast, type Figure, reference } from '../harness/figures.js'
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

interface Measured {
  /** Of a core. */
  readonly percent: number
  readonly pingsPerSecond: number
  /** In force, as the node says. */
  readonly periodSeconds: number | undefined
}

async function run({ short, say, scope }: RowContext): Promise<Figure[]> {
  const [peers, seconds] = short ? [16, 3] : [PEERS, 30]
  const node = await scope.worker('node')
  const crowd = await scope.nodes('peers')
  const quiet = await measure(node, crowd, peers, NEVER_MS, seconds)
  say(`without pings: ${quiet.percent.toFixed(2)} % of a core`)
  const busy = await measure(node, crowd, peers, PERIOD_MS, seconds)
  say(`with pings: ${busy.percent.toFixed(2)} % of a core, ${busy.pingsPerSecond.toFixed(1)} pings a second`)
  const percent = ((busy.percent - quiet.percent) * PEERS) / peers
  const { periodSeconds = PERIOD_MS / 1_000, pingsPerSecond } = busy
  const stretched = periodSeconds * 1_000 > PERIOD_MS
  const scaled = peers === PEERS ? '' : `, from ${peers}`
  return [
    reference('ping period in force', 's', periodSeconds),
    reference('CPU of a ping and the one it answers', 'ms', ((busy.percent - quiet.percent) * 10) / pingsPerSecond),
    {
      ...reference(`CPU on pings with ${PEERS} peers${scaled}`, '% of a core', percent),
      goal: `≤ ${MAX_PERCENT}, or the period is stretched`,
      ok: percent <= MAX_PERCENT || stretched
    },
    atLeast('pings a second, of those due', '%', (100 * pingsPerSecond * periodSeconds) / peers, 70)
  ]
}

async function measure(
  node: Worker,
  crowd: Worker,
  peers: number,
  pingPeriodMs: number,
  seconds: number
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
  await pause(peers === PEERS ? 5_000 : 1_000)
  const sent = async (): Promise<number> => (await node.call('metric', 'node', 'pings_sent_total')).all ?? 0
  const [cpuBefore, sentBefore, begun] = [await node.call('cpuMs'), await sent(), performance.now()]
  await pause(seconds * 1_000)
  const elapsed = performance.now() - begun
  const [cpuMs, pings] = [(await node.call('cpuMs')) - cpuBefore, (await sent()) - sentBefore]
  const { all: periodSeconds } = await node.call('metric', 'node', 'ping_period_seconds')
  await Promise.all([node.call('stopAll'), crowd.call('stopAll')])
  await Promise.all([node.call('dropEntries'), crowd.call('dropEntries')])
  return { percent: (100 * cpuMs) / elapsed, pingsPerSecond: (pings * 1_000) / elapsed, periodSeconds }
}
