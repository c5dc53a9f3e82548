import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createKey, InsufficientApprovalError, operatorAddressOf, parseKeyHex, type SpEntry } from '../../src/index.js'
import { createTestNetwork } from '../../src/testing/index.js'
import type { GrantsReport } from './granter-process.js'

const KILLS = 50
const GRANTERS = 5

interface Granter {
  readonly key: string
  readonly dir: string
  child: ChildProcess | undefined
  /** Object id → signature, as the asker holds it: what must never be lost. */
  readonly acknowledged: Map<string, string>
}

t.test('no acknowledged grant is lost by kill -9 at random moments', async t => {
  const seed = Date.now() & 0x7fffffff
  t.comment(`seed ${seed}`)
  const random = lcg(seed)
  const root = await mkdtemp(join(tmpdir(), 'kill-granter-'))
  const network = await createTestNetwork(1)
  const granters: Granter[] = Array.from({ length: GRANTERS }, (_, i) => ({
    key: Buffer.from(createKey()).toString('hex'),
    dir: join(root, String(i)),
    child: undefined,
    acknowledged: new Map()
  }))
  t.teardown(async () => {
    for (const { child } of granters) child?.kill('SIGKILL')
    await network.stop()
    await rm(root, { recursive: true, force: true })
  })

  await Promise.all(granters.map(granter => start(granter)))
  await network.modules[0]?.waitForSps(GRANTERS)
  const asking = new AbortController()
  const asks = Promise.all(Array.from({ length: 4 }, () => askOnAndOn(asking.signal)))
  // While one is killed, those before it come back.
  const back = new Map<Granter, Promise<void>>()
  let kills = 0
  while (kills < KILLS) {
    for (const granter of shuffled(granters, random)) {
      await back.get(granter)
      await progress(2 + Math.floor(random() * 30))
      await kill(granter)
      kills++
      // The last to be killed stay so until every answer to an ask is counted.
      if (kills <= KILLS - GRANTERS) back.set(granter, start(granter))
    }
  }
  asking.abort()
  await asks
  await Promise.all(granters.map(granter => start(granter)))
  const total = granters.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0)
  t.comment(`${kills} kills, ${total} acknowledged grants`)
  t.ok(kills >= KILLS)
  t.ok(total > KILLS, 'the asks went on between the kills')

  /** Starts a granter on its folder and checks that everything it ever acknowledged is there. */
  async function start(granter: Granter): Promise<void> {
    const child = fork(new URL('./granter-process.js', import.meta.url), [granter.dir, granter.key], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      // Without the test runner's loaders: fifty processes start here, and none lives long enough to be optimized.
      env: { ...process.env, NODE_OPTIONS: '' },
      execArgv: ['--no-opt']
    })
    granter.child = child
    const [{ entry, report }] = (await once(child, 'message')) as [{ entry: SpEntry; report: GrantsReport }]
    const held = new Map(report.grants.map(grant => [grant.objectId, grant.answer]))
    const lost = [...granter.acknowledged].filter(([id, signature]) => held.get(id)?.includes(signature) !== true)
    t.same(lost, [], `${granter.acknowledged.size} acknowledged grants are there`)
    t.equal(report.store, 'ready')
    network.chain.put(entry)
    // Without nodes: a granter is dialled by the asker and dials nobody.
    child.send([...network.chain.entries.values()].map(sp => ({ ...sp, nodes: [] })))
  }

  async function kill(granter: Granter): Promise<void> {
    const { child } = granter
    if (child === undefined) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  async function askOnAndOn(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const ask = network.modules[0]?.handleReplicatePieceApproval(network.task(), {
        min: 1,
        max: GRANTERS,
        // Short, since a killed granter is silent until the deadline, and the next kill waits for approvals.
        timeoutMs: 200
      })
      try {
        for (const task of (await ask)?.tasks ?? []) acknowledge(task)
      } catch (error) {
        if (!(error instanceof InsufficientApprovalError)) throw error
      }
    }
  }

  function acknowledge(task: {
    approvedSpOperatorAddress: string
    approvedSignature: Uint8Array
    objectInfo: { id: string } | undefined
  }): void {
    const granter = granters.find(({ key }) => addressOf(key) === task.approvedSpOperatorAddress)
    granter?.acknowledged.set(task.objectInfo?.id ?? '', Buffer.from(task.approvedSignature).toString('hex'))
  }

  /** Resolves after so many more approvals came in: a moment in the middle of the asks, without a clock. */
  async function progress(approvals: number): Promise<void> {
    const module = network.modules[0]
    await new Promise<void>(resolve => {
      let left = approvals
      const count = (): void => {
        if (--left > 0) return
        module?.removeEventListener('approval:received', count)
        resolve()
      }
      module?.addEventListener('approval:received', count)
    })
  }
})

const addresses = new Map<string, string>()
function addressOf(key: string): string {
  const known = addresses.get(key) ?? operatorAddressOf(parseKeyHex(key))
  addresses.set(key, known)
  return known
}

function lcg(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map(item => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}
