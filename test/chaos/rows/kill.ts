import { join } from 'node:path'
import { InsufficientApprovalError, type P2PModule } from '../../../src/index.js'
import { createTestNetwork, type TestNetwork } from '../../../src/testing/index.js'
import { atLeast, exactly, type Figure, reference } from '../harness/figures.js'
import { Granter } from '../harness/granter.js'
import { type Row, type RowContext, shuffled } from '../harness/row.js'

const GRANTERS = 5
/** Enough that a killed granter never was in the middle of nothing. */
const ASKS_AT_ONCE = 4
/** Short, since a killed granter is silent until the deadline, and the next kill waits for approvals. */
const ASK_TIMEOUT_MS = 200
/** Approvals until the next kill, at least and at most. */
const BETWEEN_KILLS = [2, 31] as const

/** Granters are killed at random moments while they are asked, and started again on what they left on disk. */
export const kill: Row = {
  name: 'kill',
  shows: 'no acknowledged grant is lost by kill -9 at random moments',
  run
}

async function run({ short, say, scope, random }: RowContext): Promise<Figure[]> {
  const kills = short ? 20 : 1_000
  const root = await scope.folder()
  const network = await createTestNetwork(1)
  scope.defer(() => network.stop())
  const asker = network.modules[0]
  if (asker === undefined) throw new RangeError('expected a module')
  const granters = Array.from({ length: GRANTERS }, (_, index) => new Granter(join(root, String(index))))
  scope.defer(() => Promise.all(granters.map(granter => granter.kill())))

  let [starts, lost, notReady] = [0, 0, 0]
  const start = async (granter: Granter): Promise<void> => {
    const started = await granter.start()
    starts++
    lost += started.lost
    if (!started.ready) notReady++
    network.chain.put(started.entry)
    // Without nodes: a granter is dialled by the asker and dials nobody.
    granter.tell([...network.chain.entries.values()].map(sp => ({ ...sp, nodes: [] })))
  }

  await Promise.all(granters.map(start))
  await asker.waitForSps(GRANTERS)
  const asking = new AbortController()
  const asks = Promise.all(
    Array.from({ length: ASKS_AT_ONCE }, () => askOnAndOn(network, asker, granters, asking.signal))
  )
  // While one is killed, those before it come back.
  const back = new Map<Granter, Promise<void>>()
  for (let killed = 0; killed < kills; ) {
    for (const granter of shuffled(granters, random)) {
      await back.get(granter)
      const [least, most] = BETWEEN_KILLS
      await approvals(asker, least + Math.floor(random() * (most - least)))
      await granter.kill()
      killed++
      // The last to be killed stay so until every answer to an ask is counted.
      if (killed <= kills - GRANTERS) back.set(granter, start(granter))
      if (killed % 100 === 0) say(`${killed} of ${kills} kills, ${acknowledged(granters)} grants acknowledged`)
    }
  }
  asking.abort()
  await asks
  await Promise.all(granters.map(start))
  return [
    reference('kills', '', kills),
    atLeast('grants acknowledged between them', '', acknowledged(granters), kills),
    exactly('acknowledged grants lost', '', lost, 0),
    exactly('starts that granted again', '', starts - notReady, kills + GRANTERS)
  ]
}

const acknowledged = (granters: readonly Granter[]): number =>
  granters.reduce((sum, granter) => sum + granter.acknowledged, 0)

async function askOnAndOn(
  network: TestNetwork,
  asker: P2PModule,
  granters: readonly Granter[],
  signal: AbortSignal
): Promise<void> {
  while (!signal.aborted) {
    try {
      const { tasks } = await asker.handleReplicatePieceApproval(network.task(), {
        min: 1,
        max: GRANTERS,
        timeoutMs: ASK_TIMEOUT_MS
      })
      for (const { approvedSpOperatorAddress, approvedSignature, objectInfo } of tasks) {
        const granter = granters.find(({ address }) => address === approvedSpOperatorAddress)
        granter?.acknowledge(objectInfo?.id ?? '', approvedSignature)
      }
    } catch (error) {
      if (!(error instanceof InsufficientApprovalError)) throw error
    }
  }
}

/** Resolves after so many more approvals came in: a moment in the middle of the asks, without a clock. */
function approvals(asker: P2PModule, count: number): Promise<void> {
  return new Promise(resolve => {
    let left = count
    const received = (): void => {
      if (--left > 0) return
      asker.removeEventListener('approval:received', received)
      resolve()
    }
    asker.addEventListener('approval:received', received)
  })
}
