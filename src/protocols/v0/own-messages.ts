import { isDeepStrictEqual } from 'node:util'
import { keccak256 } from '../../codec/keccak.js'
import { pingSignBytes, pongSignBytes } from '../../codec/sign-bytes.js'
import { encodePing, encodePong } from '../../codec/task-codec.js'
import type { Ping, Pong, PongNode } from '../../domain/task.js'
import type { SignSubject } from '../../identity/index.js'
import { sharedAbort } from '../../kit/abort.js'
import type { PeerRecord } from '../../peers/index.js'
import type { WireParts } from './index.js'
import { SignatureCache } from './signature-cache.js'

const UNSIGNED = new Uint8Array(0)
/** Addresses of a node told in a pong. */
const MAX_ADDRESSES = 4

/** Our ping and pong, signed when they first are needed and kept. A signer that failed is asked again the next time. */
export class OwnMessages {
  readonly #init: WireParts
  readonly #ping = new SignatureCache()
  readonly #pong = new SignatureCache()
  #stopped = sharedAbort()
  #records: readonly PeerRecord[] = []
  #nodes: readonly PongNode[] = []

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

  /**
   * The same bytes while it tells of the same nodes: each new pong is a signature for us and a verification for every
   * peer. While a new one is being signed, the last signed one is used.
   */
  pong(): Promise<Uint8Array> {
    const nodes = this.#nodesToTell()
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
  }

  #nodesToTell(): readonly PongNode[] {
    const { directory, limits } = this.#init
    const records = directory.tellable(limits.pongNodes)
    if (records === this.#records) return this.#nodes
    const nodes = records.map(pongNode)
    if (!isDeepStrictEqual(nodes, this.#nodes)) {
      this.#pong.renew()
      this.#nodes = nodes
    }
    this.#records = records
    return this.#nodes
  }

  async #sign(signBytes: Uint8Array, subject: SignSubject): Promise<Uint8Array> {
    const { clock, metrics, signer } = this.#init
    const begun = clock.monotonic()
    const signature = await signer.sign(keccak256(signBytes), subject, { signal: this.#stopped.signal })
    metrics.signDuration.observe((clock.monotonic() - begun) / 1_000)
    return signature
  }
}

const pongNode = ({ peerId, addresses }: PeerRecord): PongNode => ({
  nodeId: peerId,
  multiAddr: addresses.slice(0, MAX_ADDRESSES).map(({ address }) => address)
})
