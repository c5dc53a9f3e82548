import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createKey, operatorAddressOf, type PeerIdString, type SpEntry } from '../../src/index.js'
import { createTestNetwork } from '../../src/testing/index.js'

const NODES = 2
const TIMEOUT_MS = 20_000

/** Both nodes of one SP, each a process of its own. */
async function twoNodes(t: Test): Promise<{ entry: SpEntry; processes: Map<PeerIdString, ChildProcess> }> {
  const root = await mkdtemp(join(tmpdir(), 'siblings-'))
  const key = createKey()
  const children = Array.from({ length: NODES }, (_, i) =>
    fork(new URL('./granter-process.js', import.meta.url), [join(root, String(i)), Buffer.from(key).toString('hex')], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, NODE_OPTIONS: '' }
    })
  )
  t.teardown(async () => {
    for (const child of children) child.kill('SIGKILL')
    await rm(root, { recursive: true, force: true })
  })
  const started = await Promise.all(children.map(child => once(child, 'message') as Promise<[{ entry: SpEntry }]>))
  const nodes = started.flatMap(([{ entry }]) => entry.nodes)
  const [first] = started
  if (first === undefined) throw new Error('expected a node')
  const processes = new Map(nodes.map(({ peerId }, i) => [peerId, children[i] as ChildProcess]))
  return { entry: { ...first[0].entry, operatorAddress: operatorAddressOf(key), nodes }, processes }
}

t.test('an SP whose first node stops, then dies, answers through its sibling', async t => {
  const net = await createTestNetwork(2, { options: () => ({ pingPeriodMs: 60_000 }) })
  t.teardown(() => net.stop())
  const { entry, processes } = await twoNodes(t)
  const [asker] = net.modules
  if (asker === undefined) throw new Error('expected a module')
  const sp = entry.operatorAddress
  const bothVerified = new Promise<void>(resolve => {
    const look = (): void => {
      if (asker.peers({ sp, state: 'verified' }).length === NODES) resolve()
    }
    asker.addEventListener('peer:added', look)
    t.teardown(() => asker.removeEventListener('peer:added', look))
  })
  net.chain.put(entry)
  // Listed without nodes: neither process dials anybody.
  const list = [...net.chain.entries.values()].map(other => ({ ...other, nodes: [] }))
  for (const child of processes.values()) child.send(list)
  await bothVerified

  const ask = async (): Promise<{ by: PeerIdString; ms: number }> => {
    const { approvals, report } = await asker.handleReplicatePieceApproval(net.task(), {
      min: 2,
      max: 2,
      timeoutMs: TIMEOUT_MS
    })
    const approval = approvals.find(one => one.sp === sp)
    if (approval === undefined) throw new Error('expected the SP’s approval')
    t.same(report.failed, [], 'no SP failed for a node of it')
    return { by: approval.peerId, ms: report.elapsedMs }
  }
  const { by: first } = await ask()
  const [sibling] = [...processes.keys()].filter(peerId => peerId !== first)

  processes.get(first)?.kill('SIGSTOP')
  const hedged = await ask()
  t.equal(hedged.by, sibling)
  t.ok(hedged.ms >= 20, `the first had its time: ${Math.round(hedged.ms)} ms`)
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
