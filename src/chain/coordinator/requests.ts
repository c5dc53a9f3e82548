import { keccak256 } from '../../codec/keccak.js'
import type { PeerIdString, SpAddress } from '../../domain/brands.js'
import type { SpNode } from '../../domain/registry.js'
import { CoordinatorRefusedError } from '../../errors.js'
import type { Signer } from '../../identity/index.js'
import { backoffMs } from '../../kit/backoff.js'
import { type Clock, sleep } from '../../kit/clock.js'
import type { AnnouncedNode } from '../index.js'
import type { CoordinatorClient, Problem } from './client.js'
import {
  type Join,
  joinBytes,
  type Leave,
  leaveBytes,
  MAX_SERIAL_AHEAD_MS,
  nodeBytes,
  type Signed
} from './messages.js'

/** 32 nodes that join at the same time all succeed within six tries. */
const MAX_TRIES = 12
const PAUSES = { firstMs: 20, maxMs: 640 }

export interface OperatorRequestsInit {
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
}

export interface JoinOptions extends Pick<Join, 'replace'> {
  /** Signs with the key of the nodes; without it, or for a coordinator that does not know proofs, they go unproven. */
  readonly prove?: AnnouncedNode['prove']
}

async function proofOf(signed: Signed, peerId: PeerIdString, prove: NonNullable<AnnouncedNode['prove']>) {
  const signature = await prove(nodeBytes(signed, peerId))
  return { peerId, signature: `0x${Buffer.from(signature).toString('hex')}` }
}

/** Joins and leaves with the operator's signature. All nodes of an SP share one sequence of serials. */
export class OperatorRequests {
  readonly #init: OperatorRequestsInit
  #serial = 0

  constructor(init: OperatorRequestsInit) {
    this.#init = init
  }

  /** @throws CoordinatorRefusedError | UnreachableError | SignError */
  async join(nodes: readonly SpNode[], { replace, prove }: JoinOptions, signal: AbortSignal): Promise<unknown> {
    const { approvalAddress, endpoint, joinToken, client } = this.#init
    return this.#send(async signed => {
      const proofs = prove && (await Promise.all(nodes.map(({ peerId }) => proofOf(signed, peerId, prove))))
      const join: Join = { ...signed, approvalAddress, endpoint, nodes, replace, ...(proofs && { proofs }) }
      const signature = await this.#sign(joinBytes(join), signal)
      const token = joinToken === undefined ? {} : { joinToken }
      return client.post('v1/join', { ...join, signature, ...token }, signal)
    }, signal)
  }

  /** @throws CoordinatorRefusedError | UnreachableError | SignError */
  async leave(peerIds: readonly PeerIdString[], signal: AbortSignal): Promise<void> {
    await this.#send(async signed => {
      const leave: Leave = { ...signed, peerIds }
      const signature = await this.#sign(leaveBytes(leave), signal)
      await this.#init.client.post('v1/leave', { ...leave, signature }, signal)
    }, signal)
  }

  /**
   * Another node of this SP, or an earlier run with a clock ahead of ours, may have used our serial or a higher one:
   * we continue from the one the coordinator names, at once and then after random pauses, which separate nodes started
   * together.
   */
  async #send<T>(send: (signed: Signed) => Promise<T>, signal: AbortSignal): Promise<T> {
    for (let tries = 1; ; tries++) {
      const signed = this.#signed()
      try {
        return await send(signed)
      } catch (error) {
        if (tries === MAX_TRIES || !this.#learnSerial(error, signed.serial)) throw error
      }
      if (tries === 1) continue
      await sleep(this.#init.clock, Math.random() * backoffMs(PAUSES, tries), signal)
    }
  }

  #learnSerial(error: unknown, used: number): boolean {
    if (!(error instanceof CoordinatorRefusedError) || error.reason !== 'serial') return false
    const { lastSerial } = error.cause as Problem
    const believable = lastSerial !== undefined && lastSerial < this.#init.clock.now() + MAX_SERIAL_AHEAD_MS
    if (!believable || lastSerial < used) return false
    this.#serial = Math.max(this.#serial, lastSerial)
    return true
  }

  #signed(): Signed {
    const { network, coordinator, operatorAddress, clock } = this.#init
    const time = Math.floor(clock.now())
    // A serial from a clock that was ahead is no use: nobody takes it.
    const last = this.#serial > time + MAX_SERIAL_AHEAD_MS ? 0 : this.#serial
    this.#serial = Math.max(last + 1, time)
    return { network, coordinator, operatorAddress, serial: this.#serial, time }
  }

  async #sign(message: Uint8Array, signal: AbortSignal): Promise<string> {
    const signature = await this.#init.signer.sign(keccak256(message), { type: 'join', message }, { signal })
    return `0x${Buffer.from(signature).toString('hex')}`
  }
}
