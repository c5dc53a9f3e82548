import { CHAIN_POLL_MS } from '../../constants.js'
import type { PeerIdString } from '../../domain/brands.js'
import type { SpNode } from '../../domain/registry.js'
import { InvalidArgumentError } from '../../errors.js'
import type { Secp256k1Backend } from '../../identity/index.js'
import type { Clock } from '../../kit/clock.js'
import { Poller } from '../../kit/poller.js'
import { parseNode } from '../entry-rules.js'
import type { ChainGuard } from '../guard.js'
import type { ChainStatus, HeightSource, SpRegistry } from '../index.js'
import type { PolledChain } from '../polled.js'
import type { Announcer } from './announcer.js'
import type { CoordinatorClient } from './client.js'
import { type CoordinatorState, MAX_CLOCK_SKEW_MS } from './messages.js'
import type { OperatorRequests } from './requests.js'
import { openState } from './state-document.js'

/** A coordinator that serves one document for this long is stuck, or somebody replays it. */
const SAME_DOCUMENT_MS = 10_000
/** Shortest block time that is believed. */
const MIN_BLOCK_TIME_MS = 50

export interface CoordinatorChainParts {
  readonly guard: ChainGuard
  readonly client: CoordinatorClient
  readonly requests: OperatorRequests
  readonly announcer: Announcer
  readonly backend: Secp256k1Backend
  readonly network: string
  readonly publicKey: string
  readonly clock: Clock
}

export class CoordinatorChain implements PolledChain {
  readonly name = 'coordinator'
  readonly registry: SpRegistry
  readonly heights: HeightSource
  readonly #parts: CoordinatorChainParts
  readonly #poller: Poller
  #last: CoordinatorState | undefined
  /** Monotonic ms when a document newer than the one before came. */
  #renewedAt = 0

  constructor(parts: CoordinatorChainParts) {
    this.#parts = parts
    this.registry = parts.guard
    this.heights = parts.guard
    this.#poller = new Poller({ clock: parts.clock, intervalMs: CHAIN_POLL_MS, poll: signal => this.#poll(signal) })
  }

  async start(): Promise<void> {
    await this.#parts.guard.open()
    await this.#poller.start()
  }

  async stop(): Promise<void> {
    await Promise.all([this.#poller.stop(), this.#parts.announcer.stop()])
    await this.#parts.guard.flush()
  }

  async announce(node: { readonly peerId: PeerIdString; readonly addresses: readonly string[] }): Promise<void> {
    await this.#parts.announcer.announce(node)
    await this.#poller.now()
  }

  async leave(peerIds: readonly PeerIdString[] = [], options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    await this.#parts.requests.leave(peerIds, options.signal ?? new AbortController().signal)
  }

  async replaceNodes(nodes: readonly SpNode[], options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const parsed = nodes.map((node, index) => parseNode(node, `nodes[${index}]`))
    if (parsed.length === 0) throw new InvalidArgumentError('nodes', 'at least one node of the SP', 'none')
    await this.#parts.requests.join(parsed, { replace: true }, options.signal ?? new AbortController().signal)
  }

  refresh(): Promise<void> {
    return this.#poller.now()
  }

  status(): ChainStatus {
    return this.#parts.guard.status()
  }

  confirmList(): void {
    this.#parts.guard.confirmList()
  }

  resetHeight(): void {
    this.#parts.guard.resetHeight()
    // The document at hand may be the one whose height is to be believed.
    this.#last = undefined
    void this.#poller.now()
  }

  async #poll(signal: AbortSignal): Promise<void> {
    const { guard, client, backend, publicKey } = this.#parts
    try {
      const document = await client.state(this.#last?.sequence, signal)
      const state = openState(document, { backend, publicKey, known: this.#last })
      if (!this.#isNews(state)) return
      guard.takeList(state)
      guard.takeHeight(state.height, Math.max(MIN_BLOCK_TIME_MS, state.blockTimeMs))
    } catch (error) {
      if (signal.aborted) return
      guard.failed('list', error)
      guard.failed('height', error)
    }
  }

  /**
   * Whether a document renews what we know: only one that is newer than the last does, so that a document which is
   * played back ages like none. @throws InvalidArgumentError when it is of another network or another time
   */
  #isNews(state: CoordinatorState): boolean {
    const { network, clock, guard } = this.#parts
    if (state.network !== network) throw new InvalidArgumentError('state.network', network, state.network)
    const skew = state.time - clock.now()
    if (Math.abs(skew) > MAX_CLOCK_SKEW_MS) {
      const what = `state.time: the coordinator's clock and ours`
      throw new InvalidArgumentError(
        what,
        `at most ${MAX_CLOCK_SKEW_MS / 1_000} s apart`,
        `${Math.round(skew / 1_000)} s`
      )
    }
    const lastTime = this.#last?.time ?? guard.lastListTime ?? 0
    if (state.time < lastTime) {
      throw new InvalidArgumentError('state.time', `a document of ${lastTime} or later`, state.time)
    }
    const now = clock.monotonic()
    if (this.#last !== undefined && state.time === lastTime && state.sequence === this.#last.sequence) {
      if (now - this.#renewedAt <= SAME_DOCUMENT_MS) return false
      throw new InvalidArgumentError('state.time', 'a newer document', `the one of ${state.time} again`)
    }
    this.#last = state
    this.#renewedAt = now
    return true
  }
}
