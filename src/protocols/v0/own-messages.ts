import { keccak256 } from '../../codec/keccak.js'
import { pingSignBytes, pongSignBytes } from '../../codec/sign-bytes.js'
import { encodePing, encodePong } from '../../codec/task-codec.js'
import type { Ping, Pong, PongNode } from '../../domain/task.js'
import type { SignSubject } from '../../identity/index.js'
import { sharedAbort } from '../../kit/abort.js'
import type { WireParts } from './index.js'
import { SignatureCache } from './signature-cache.js'

const UNSIGNED = new Uint8Array(0)

/** Our ping and pong, signed when they first are needed and kept. A signer that failed is asked again the next time. */
export class OwnMessages {
  readonly #init: WireParts
  readonly #ping = new SignatureCache()
  readonly #pong = new SignatureCache()
  #stopped = sharedAbort()
  #nodes: readonly PongNode[] | undefined

  constructor(init: WireParts) {
    this.#init = init
  }

  /** Always the same bytes. */
  ping(): Promise<Uint8Array> {
    return this.#ping.get(() => {
      const message: Ping = { spOperatorAddress: this.#init.self.sp, signature: UNSIGNED }
      return this.#sign(pingSignBytes(message), { type: 'ping', message }).then(signature =>
        encodePing({ ...message, signature })
      )
    })
  }

  /** The same bytes while `nodes` is the same array. While a new one is being signed, the last signed one is used. */
  pong(nodes: readonly PongNode[]): Promise<Uint8Array> {
    if (nodes !== this.#nodes) this.#pong.renew()
    this.#nodes = nodes
    return this.#pong.get(() => {
      const message: Pong = { nodes, spOperatorAddress: this.#init.self.sp, signature: UNSIGNED }
      return this.#sign(pongSignBytes(message), { type: 'pong', message }).then(signature =>
        encodePong({ ...message, signature })
      )
    })
  }

  /** Ends what waits for the signer. */
  forget(): void {
    this.#stopped.abort(new Error('the wire has stopped'))
    this.#stopped = sharedAbort()
    this.#ping.forget()
    this.#pong.forget()
    this.#nodes = undefined
  }

  async #sign(signBytes: Uint8Array, subject: SignSubject): Promise<Uint8Array> {
    const { clock, metrics, signer } = this.#init
    const begun = clock.monotonic()
    const signature = await signer.sign(keccak256(signBytes), subject, { signal: this.#stopped.signal })
    metrics.signDuration.observe((clock.monotonic() - begun) / 1_000)
    return signature
  }
}
