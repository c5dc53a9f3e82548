import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createKey, operatorAddressOf, type PeerIdString, type PeerRecord, type SpEntry } from '../../src/index.js'
import { createTestNetwork, movableClock } from '../../src/testing/index.js'
import { awaited, until } from '../support/awaited.js'
import { endChild, forkScript } from '../support/child.js'
import { temporaryFolder } from '../support/folder.js'

const NODES = 2
const TIMEOUT_MS = 60_000
/** An ask of this time-out asks no sibling: it ends before a sibling would be asked. */
const HEDGE_AFTER_MS = 30_000
/** A node has at least this before its sibling is asked. */
const LEAST_PATIENCE_MS = 20

/** Both nodes of one SP, each a process of its own. */
async function twoNodes(t: Test): Promise<{ entry: SpEntry; processes: Map<PeerIdString, ChildProcess> }> {
  const root = temporaryFolder(t, 'siblings')
  const key = createKey()
  const children = Array.from({ length: NODES }, (_, i) =>
    forkScript(new URL('./granter-process.js', import.meta.url), [
      join(root, String(i)),
      Buffer.from(key).toString('hex')
    ])
  )
  t.teardown(() => Promise.all(children.map(child => endChild(child))))
  const started = await Promise.all(
    children.map(child => awaited('a node to start', once(child, 'message')) as Promise<[{ entry: SpEntry }]>)
  )
  const nodes = started.flatMap(([{ entry }]) => entry.nodes)
  const [first] = started
  if (first === undefined) throw new Error('expected a node')
  const processes = new Map(nodes.map(({ peerId }, i) => [peerId, children[i] as ChildProcess]))
  return { entry: { ...first[0].entry, operatorAddress: operatorAddressOf(key), nodes }, processes }
}

t.test('an SP whose first node stops, then dies, answers through its sibling', async t => {
  const real = movableClock()
  let heldAt: number | undefined
  const clock = { ...real, monotonic: () => heldAt ?? real.monotonic() }
  const options = () => ({ pingPeriodMs: 600_000, hedgeAfterMs: HEDGE_AFTER_MS })
  const net = await createTestNetwork(2, { clock, options })
  t.teardown(() => net.stop())
  const { entry, processes } = await twoNodes(t)
  const [asker] = net.modules
  if (asker === undefined) throw new Error('expected a module')
  const sp = entry.operatorAddress
  net.chain.put(entry)
  // Listed without nodes: neither process dials anybody.
  const list = [...net.chain.entries.values()].map(other => ({ ...other, nodes: [] }))
  for (const child of processes.values()) child.send(list)
  // The nearer one is asked first, which must not change between two asks.
  const isMeasured = (): boolean => asker.peers({ sp, state: 'verified' }).filter(hasRoundTrip).length === NODES
  await until(isMeasured, 'a round trip to both nodes')

  const ask = async (timeoutMs = TIMEOUT_MS): Promise<{ by: PeerIdString; ms: number }> => {
    const { approvals, report } = await asker.handleReplicatePieceApproval(net.task(), {
      min: 2,
      max: 2,
      timeoutMs
    })
    const approval = approvals.find(one => one.sp === sp)
    if (approval === undefined) throw new Error('expected the SP’s approval')
    t.same(report.failed, [], 'no SP failed for a node of it')
    return { by: approval.peerId, ms: report.elapsedMs }
  }
  // Time stands still meanwhile: a node that a busy machine holds up would be asked last from then on.
  heldAt = real.monotonic()
  const { by: first } = await ask(HEDGE_AFTER_MS)
  heldAt = undefined
  const [sibling] = [...processes.keys()].filter(peerId => peerId !== first)

  processes.get(first)?.kill('SIGSTOP')
  const hedged = await ask()
  t.equal(hedged.by, sibling)
  t.ok(hedged.ms >= LEAST_PATIENCE_MS, `the first had its time: ${Math.round(hedged.ms)} ms`)
  t.ok(hedged.ms < TIMEOUT_MS / 2, `${Math.round(hedged.ms)} ms`)
  t.equal((await ask()).by, sibling, 'asked first from now on')

  processes.get(first)?.kill('SIGCONT')
  processes.get(sibling as PeerIdString)?.kill('SIGKILL')
  const refused = await ask()
  t.equal(refused.by, first, 'asked when its sibling cannot be reached any more')
  t.ok(refused.ms < TIMEOUT_MS / 2, `${Math.round(refused.ms)} ms`)
  const fairness = asker.sps().find(({ operatorAddress }) => operatorAddress === sp)?.fairness
  t.match(fairness, { asked: 4, answered: 4, accepted: 4 })
})

const hasRoundTrip = ({ rttMs }: PeerRecord): boolean => rttMs !== undefined
