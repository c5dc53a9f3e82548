import { keccak256 } from '../../codec/keccak.js'
import type { PeerIdString, SpAddress } from '../../domain/brands.js'
import type { Clock } from '../../domain/clock.js'
import type { SpNode } from '../../domain/registry.js'
import { CoordinatorRefusedError, messageOf } from '../../errors.js'
import type { Signer } from '../../identity/index.js'
import { parseNode } from '../entry-rules.js'
import { Poller } from '../poller.js'
import type { CoordinatorClient, Problem } from './client.js'
import { type Join, joinBytes, type Leave, leaveBytes, MAX_SERIAL_AHEAD_MS } from './messages.js'

const FIRST_RETRY_MS = 1_000
/** Renewal and retry before the coordinator has told its lease. */
const DEFAULT_RENEW_MS = 20_000
/** A lease that a coordinator tells is believed within these bounds. */
const MIN_RENEW_MS = 1_000
const MAX_RENEW_MS = 3_600_000
/** Nodes must not renew in step. */
const JITTER = 0.2

export interface AnnouncerInit {
  readonly client: CoordinatorClient
  readonly network: string
  /** The coordinator's public key. */
  readonly coordinator: string
  readonly operatorAddress: SpAddress
  readonly approvalAddress: string
  readonly endpoint: string
  readonly signer: Signer
  readonly joinToken: string | undefined
  readonly clock: Clock
  /** Told why a join did not succeed, and `undefined` once one did. */
  readonly onResult: (problem: string | undefined) => void
}

/** Joins with the operator's signature and renews the lease at a third of it; tries again until told to stop. */
export class Announcer {
  readonly #init: AnnouncerInit
  readonly #poller: Poller
  #node: SpNode | undefined
  #serial = 0
  #renewMs = DEFAULT_RENEW_MS
  #failures = 0

  constructor(init: AnnouncerInit) {
    this.#init = init
    this.#poller = new Poller({
      clock: init.clock,
      intervalMs: () => Math.round(this.#pauseMs() * (1 - JITTER + 2 * JITTER * Math.random())),
      poll: signal => this.#try(signal)
    })
  }

  /** Resolves after the first try. @throws InvalidArgumentError when this is no node */
  async announce(node: { readonly peerId: PeerIdString; readonly addresses: readonly string[] }): Promise<void> {
    const running = this.#node !== undefined
    this.#node = parseNode(node, 'announced node')
    await (running ? this.#poller.now() : this.#poller.start())
  }

  async stop(): Promise<void> {
    await this.#poller.stop()
    this.#node = undefined
  }

  /** @throws CoordinatorRefusedError | UnreachableError | SignError */
  async leave(peerIds: readonly PeerIdString[], signal: AbortSignal): Promise<void> {
    const leave: Leave = { ...this.#signed(), peerIds }
    const signature = await this.#sign(leaveBytes(leave))
    await this.#init.client.leave({ ...leave, signature }, signal)
  }

  #pauseMs(): number {
    return this.#failures === 0
      ? this.#renewMs
      : Math.min(this.#renewMs, FIRST_RETRY_MS * 2 ** Math.min(10, this.#failures - 1))
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

  async #join(node: SpNode, signal: AbortSignal): Promise<void> {
    try {
      await this.#joinOnce(node, signal)
    } catch (error) {
      if (!this.#learnSerial(error)) throw error
      await this.#joinOnce(node, signal)
    }
  }

  async #joinOnce(node: SpNode, signal: AbortSignal): Promise<void> {
    const { approvalAddress, endpoint, joinToken, client } = this.#init
    const join: Join = { ...this.#signed(), approvalAddress, endpoint, nodes: [node], replace: false }
    const signature = await this.#sign(joinBytes(join))
    const answer = await client.join({ ...join, signature, ...(joinToken === undefined ? {} : { joinToken }) }, signal)
    const { leaseMs } = Object(answer) as Record<string, unknown>
    if (typeof leaseMs === 'number' && leaseMs > 0) {
      this.#renewMs = Math.min(MAX_RENEW_MS, Math.max(MIN_RENEW_MS, leaseMs / 3))
    }
  }

  /** Another node of this SP, or an earlier run with a clock ahead of ours, used a higher serial. */
  #learnSerial(error: unknown): boolean {
    if (!(error instanceof CoordinatorRefusedError) || error.reason !== 'serial') return false
    const { lastSerial } = error.cause as Problem
    const believable = lastSerial !== undefined && lastSerial < this.#init.clock.now() + MAX_SERIAL_AHEAD_MS
    if (!believable || lastSerial < this.#serial) return false
    this.#serial = lastSerial
    return true
  }

  #signed() {
    const { network, coordinator, operatorAddress, clock } = this.#init
    const time = Math.floor(clock.now())
    this.#serial = Math.max(this.#serial + 1, time)
    return { network, coordinator, operatorAddress, serial: this.#serial, time }
  }

  async #sign(message: Uint8Array): Promise<string> {
    const signature = await this.#init.signer.sign(keccak256(message), { type: 'join', message })
    return `0x${Buffer.from(signature).toString('hex')}`
  }
}
