import { keccak256 } from '../../codec/keccak.js'
import { pingSignBytes, pongSignBytes } from '../../codec/sign-bytes.js'
import { encodePing, encodePong } from '../../codec/task-codec.js'
import type { SpAddress } from '../../domain/brands.js'
import type { Clock } from '../../domain/clock.js'
import type { Ping, Pong, PongNode } from '../../domain/task.js'
import type { Signer, SignSubject } from '../../identity/index.js'
import type { Metrics } from '../../metrics.js'

export interface OwnMessagesInit {
  readonly signer: Signer
  readonly operatorAddress: SpAddress
  readonly clock: Clock
  readonly metrics: Metrics
}

const UNSIGNED = new Uint8Array(0)

/** Our ping and pong, signed when they first are needed and kept. A signer that failed is asked again the next time. */
export class OwnMessages {
  readonly #init: OwnMessagesInit
  #ping: Promise<Uint8Array> | undefined
  #pong: { readonly nodes: string; readonly bytes: Promise<Uint8Array> } | undefined

  constructor(init: OwnMessagesInit) {
    this.#init = init
  }

  /** Always the same bytes. */
  ping(): Promise<Uint8Array> {
    if (this.#ping === undefined) {
      const message: Ping = { spOperatorAddress: this.#init.operatorAddress, signature: UNSIGNED }
      this.#ping = this.#sign(pingSignBytes(message), { type: 'ping', message }).then(signature =>
        encodePing({ ...message, signature })
      )
      this.#ping.catch(() => {
        this.#ping = undefined
      })
    }
    return this.#ping
  }

  /** The same bytes while the nodes are the same. */
  pong(nodes: readonly PongNode[]): Promise<Uint8Array> {
    const text = JSON.stringify(nodes)
    if (this.#pong?.nodes !== text) {
      const message: Pong = { nodes, spOperatorAddress: this.#init.operatorAddress, signature: UNSIGNED }
      const bytes = this.#sign(pongSignBytes(message), { type: 'pong', message }).then(signature =>
        encodePong({ ...message, signature })
      )
      bytes.catch(() => {
        this.#pong = undefined
      })
      this.#pong = { nodes: text, bytes }
    }
    return this.#pong.bytes
  }

  forget(): void {
    this.#ping = undefined
    this.#pong = undefined
  }

  async #sign(signBytes: Uint8Array, subject: SignSubject): Promise<Uint8Array> {
    const { clock, metrics, signer } = this.#init
    const begun = clock.monotonic()
    const signature = await signer.sign(keccak256(signBytes), subject)
    metrics.signDuration.observe((clock.monotonic() - begun) / 1_000)
    return signature
  }
}
