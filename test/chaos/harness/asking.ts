import { InsufficientApprovalError, type P2PModule } from '../../../src/index.js'

export interface AskPlan {
  readonly min: number
  readonly max: number
  readonly timeoutMs: number
  /** So many objects are asked for in turn; without it each ask is for an object that nobody was asked for before. */
  readonly objects?: number
}

/** How one ask ended. */
export interface AskOutcome {
  /** Unix ms when it was asked. */
  readonly at: number
  readonly ms: number
  readonly ok: boolean
  readonly approved: number
  /** Operator addresses of those whose approval counted. */
  readonly sps: readonly string[]
  readonly error?: string
}

let objects = 0

export async function askOnce(module: P2PModule, plan: AskPlan): Promise<AskOutcome> {
  const { min, max, timeoutMs } = plan
  const turn = objects++
  const id = String(plan.objects === undefined ? Date.now() * 1_000 + (turn % 1_000) : 1 + (turn % plan.objects))
  const task = module.createTask({ bucketName: 'chaos', objectName: `object-${id}`, id, payloadSize: 1n << 20n })
  const at = Date.now()
  const begun = performance.now()
  const ms = (): number => performance.now() - begun
  try {
    const { approvals } = await module.handleReplicatePieceApproval(task, { min, max, timeoutMs })
    return { at, ms: ms(), ok: true, approved: approvals.length, sps: approvals.map(({ sp }) => sp) }
  } catch (error) {
    const approvals = error instanceof InsufficientApprovalError ? error.report.approvals : []
    const sps = approvals.map(({ sp }) => sp)
    return {
      at,
      ms: ms(),
      ok: false,
      approved: sps.length,
      sps,
      error: error instanceof Error ? error.message : String(error)
    }
  }
}

/** More at once would measure how far the machine is behind, and put it further behind. */
const MAX_AT_ONCE = 8

/** Asks at an even pace, whether or not those before have ended, as users do; it skips a beat while eight are running. */
export class AskLoop {
  readonly #timer: NodeJS.Timeout
  readonly #running = new Set<Promise<void>>()
  readonly #outcomes: AskOutcome[] = []

  constructor(module: P2PModule, plan: AskPlan, everyMs: number) {
    this.#timer = setInterval(() => {
      if (this.#running.size >= MAX_AT_ONCE) return
      const ask = askOnce(module, plan).then(outcome => {
        this.#outcomes.push(outcome)
        this.#running.delete(ask)
      })
      this.#running.add(ask)
    }, everyMs)
  }

  /** The outcomes of all, once the last has ended. */
  async end(): Promise<readonly AskOutcome[]> {
    clearInterval(this.#timer)
    await Promise.all(this.#running)
    return this.#outcomes
  }
}
