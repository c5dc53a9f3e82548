import { join } from 'node:path'
import { InsufficientApprovalError, type P2PModule } from '../../../src/index.js'
import { createTestNetwork, type TestNetwork } from '../../../src/testing/index.js'
import { atLeast, exactly, type Figure, reference } from '../harness/figures.js'
import { Granter } from '../harness/granter.js'
import { type Row, type RowContext, shuffled } from '../harness/row.js'

const GRANTERS = 5
/** Then others take their place: an SP promises one asker no more than 2,048 at a time. */
const KILLS_PER_NETWORK = 100
/** Enough that a granter is never killed in the middle of nothing. */
const ASKS_AT_ONCE = 4
/** Short, since a killed granter is silent until the deadline; longer where the machine is too busy for it. */
const ASK_TIMEOUT_MS = 200
const MAX_ASK_TIMEOUT_MS = 5_000
/** Approvals until the next kill, at least and at most. */
const BETWEEN_KILLS = [2, 31] as const

/** Granters are killed at random moments while they are asked, and started again on what they left on disk. */
export const kill: Row = {
  name: 'kill',
  shows: 'no acknowledged grant is lost by kill -9 at random moments',
  async run(context) {
    const kills = context.short ? 20 : 1_000
    const sum: Seen = { acknowledged: 0, lost: 0, ready: 0 }
    for (let done = 0; done < kills; ) {
      const next = Math.min(KILLS_PER_NETWORK, kills - done)
      const { acknowledged, lost, ready } = await killAll(context, next)
      done += next
      sum.acknowledged += acknowledged
      sum.lost += lost
      sum.ready += ready
      context.say(`${done} kills, ${sum.acknowledged} grants acknowledged, ${sum.lost} lost`)
      await context.scope.close()
    }
    return figures(kills, sum)
  }
}

interface Seen {
  acknowledged: number
  lost: number
  /** Restarts after which the store said that it may grant. */
  ready: number
}

const figures = (kills: number, { acknowledged, lost, ready }: Seen): Figure[] => [
  reference('kills', '', kills),
  atLeast('grants acknowledged between them', '', acknowledged, kills),
  exactly('acknowledged grants lost', '', lost, 0),
  exactly('restarts that granted again', '', ready, kills)
]

async function killAll({ scope, random }: RowContext, kills: number): Promise<Seen> {
  const root = await scope.folder()
  const network = await createTestNetwork(1)
  scope.defer(() => network.stop())
  const asker = network.modules[0]
  if (asker === undefined) throw new RangeError('expected a module')
  const granters = Array.from({ length: GRANTERS }, (_, index) => new Granter(join(root, String(index))))
  scope.defer(() => Promise.all(granters.map(granter => granter.kill())))
  const asks = new Asks(network, asker, granters)

  // The first starts are no restarts.
  const seen: Seen = { acknowledged: 0, lost: 0, ready: -GRANTERS }
  const start = async (granter: Granter): Promise<void> => {
    const { entry, lost, ready } = await granter.start()
    seen.lost += lost
    if (ready) seen.ready++
    network.chain.put(entry)
    // Without nodes: a granter is dialled by the asker and dials nobody.
    granter.tell([...network.chain.entries.values()].map(sp => ({ ...sp, nodes: [] })))
  }

  await Promise.all(granters.map(start))
  await asker.waitForSps(GRANTERS)
  // While one is killed, those before it come back.
  const back = new Map<Granter, Promise<void>>()
  for (let killed = 0; killed < kills; ) {
    for (const granter of shuffled(granters, random)) {
      await back.get(granter)
      const [least, most] = BETWEEN_KILLS
      await asks.during(least + Math.floor(random() * (most - least)), () => granter.kill())
      killed++
      back.set(granter, start(granter))
    }
  }
  await Promise.all(back.values())
  seen.acknowledged = granters.reduce((sum, granter) => sum + granter.acknowledged, 0)
  return seen
}

/** Asks that are under way while something happens. */
class Asks {
  readonly #network: TestNetwork
  readonly #asker: P2PModule
  readonly #granters: readonly Granter[]
  #timeoutMs = ASK_TIMEOUT_MS

  constructor(network: TestNetwork, asker: P2PModule, granters: readonly Granter[]) {
    this.#network = network
    this.#asker = asker
    this.#granters = granters
  }

  /** Asks on and on; `act` comes right after so many approvals. Resolves once every answer has been counted. */
  async during(approvals: number, act: () => Promise<void>): Promise<void> {
    this.#timeoutMs = ASK_TIMEOUT_MS
    const asking = new AbortController()
    const asks = Promise.all(Array.from({ length: ASKS_AT_ONCE }, () => this.#askUntil(asking.signal)))
    await this.#received(approvals)
    await act()
    asking.abort()
    await asks
  }

  async #askUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const { tasks } = await this.#asker.handleReplicatePieceApproval(this.#network.task(), {
          min: 1,
          max: GRANTERS,
          timeoutMs: this.#timeoutMs
        })
        for (const { approvedSpOperatorAddress, approvedSignature, objectInfo } of tasks) {
          const granter = this.#granters.find(({ address }) => address === approvedSpOperatorAddress)
          granter?.acknowledge(objectInfo?.id ?? '', approvedSignature)
        }
      } catch (error) {
        if (!(error instanceof InsufficientApprovalError)) throw error
        this.#timeoutMs = Math.min(MAX_ASK_TIMEOUT_MS, this.#timeoutMs * 2)
      }
    }
  }

  /** A moment in the middle of the asks, without a clock. */
  #received(approvals: number): Promise<void> {
    return new Promise(resolve => {
      let left = approvals
      const count = (): void => {
        if (--left > 0) return
        this.#asker.removeEventListener('approval:received', count)
        resolve()
      }
      this.#asker.addEventListener('approval:received', count)
    })
  }
}
