import type { SpNode } from '../../domain/registry.js'
import { messageOf } from '../../errors.js'
import { backoffMs, jittered } from '../../kit/backoff.js'
import type { Clock } from '../../kit/clock.js'
import { Poller } from '../../kit/poller.js'
import { parseNode } from '../entry-rules.js'
import type { AnnouncedNode } from '../index.js'
import type { OperatorRequests } from './requests.js'

const FIRST_RETRY_MS = 1_000
/** Renewal interval and longest retry pause until the coordinator has answered with its lease. */
const DEFAULT_RENEW_MS = 20_000
/** A lease outside these bounds is clamped. */
const MIN_RENEW_MS = 1_000
const MAX_RENEW_MS = 3_600_000
/** Nodes must not renew in step. */
const JITTER = 0.2

export interface AnnouncerInit {
  readonly requests: OperatorRequests
  readonly clock: Clock
  /** Whether the coordinator knows joins with proofs, as its last document said. */
  readonly takesProofs: () => boolean
  /** Called after every join: with the reason of its failure, or with `undefined` after a success. */
  readonly onResult: (problem: string | undefined) => void
}

interface Announced {
  readonly node: SpNode
  readonly prove: AnnouncedNode['prove']
}

/** Adds our node to those of our SP and renews its lease at a third of it; retries until stopped. */
export class Announcer {
  readonly #init: AnnouncerInit
  readonly #poller: Poller
  #node: Announced | undefined
  #renewMs = DEFAULT_RENEW_MS
  #failures = 0

  constructor(init: AnnouncerInit) {
    this.#init = init
    this.#poller = new Poller({
      clock: init.clock,
      intervalMs: () => Math.round(jittered(this.#pauseMs(), JITTER)),
      poll: signal => this.#try(signal)
    })
  }

  /** Resolves after the first try. @throws InvalidArgumentError when this is no node */
  async announce({ prove, ...node }: AnnouncedNode): Promise<void> {
    const running = this.#node !== undefined
    this.#node = { node: parseNode(node, 'announced node'), prove }
    await (running ? this.#poller.now() : this.#poller.start())
  }

  async stop(): Promise<void> {
    await this.#poller.stop()
    this.#node = undefined
  }

  #pauseMs(): number {
    if (this.#failures === 0) return this.#renewMs
    return backoffMs({ firstMs: FIRST_RETRY_MS, maxMs: this.#renewMs }, this.#failures)
  }

  async #try(signal: AbortSignal): Promise<void> {
    const node = this.#node
    if (node === undefined) return
    try {
      await this.#join(node, signal)
      this.#failures = 0
      this.#init.onResult(undefined)
    } catch (error) {
      if (signal.aborted) return
      this.#failures++
      this.#init.onResult(`join: ${messageOf(error)}`)
    }
  }

  async #join({ node, prove }: Announced, signal: AbortSignal): Promise<void> {
    const { requests, takesProofs } = this.#init
    const options = { replace: false, ...(takesProofs() && { prove }) }
    const answer = await requests.join([node], options, signal)
    const { leaseMs } = Object(answer) as Record<string, unknown>
    if (typeof leaseMs === 'number' && leaseMs > 0) {
      this.#renewMs = Math.min(MAX_RENEW_MS, Math.max(MIN_RENEW_MS, leaseMs / 3))
    }
  }
}
