import type { Connection } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { readPeerId } from '../../codec/peer-id.js'
import type { PeerIdString } from '../../domain/brands.js'
import type { DialFailure } from '../../domain/node.js'
import type { Clock, Timer } from '../../kit/clock.js'
import type { PeerRecord } from '../../peers/index.js'
import type { P2PHost } from '../host/host.js'
import { type DialFault, dialFailure, faultsOf } from './dial-failure.js'

/** Time an address has to take the connection: two retransmissions of a SYN. */
const CONNECT_MS = 5_000
/** Where the node has further addresses, or failed before. */
const SHORT_CONNECT_MS = 2_000
/** Time for the handshake after that. */
const HANDSHAKE_MS = 10_000
/** Timers run before sockets are looked at: what has come while our event loop was busy is heard first. */
const GRACE_MS = 50

/** An address that has not taken the connection by then is far or dead: other nodes are tried beside it. */
const PROMPT_CONNECT_MS = 100
/** A handshake takes four ways there and back and some ms of work on both sides; one that takes longer is stuck. */
const PROMPT_HANDSHAKE_MS = 250
const HANDSHAKE_WAYS = 5
/** Turns of our own event loop that pass until we see that an address took the connection, and until a handshake is done. */
const CONNECT_TURNS = 4
const HANDSHAKE_TURNS = 20

export type DialOutcome =
  | { readonly outcome: 'ok'; readonly connection: Connection }
  | { readonly outcome: 'failed'; readonly kind: DialFailure; readonly error: string }
  /** Not the node's fault: its place was wanted. */
  | { readonly outcome: 'gave-way' }
  /** Nobody wants it any more. */
  | { readonly outcome: 'cancelled' }

type End = 'gave-way' | 'cancelled'

export interface AttemptInit {
  readonly host: P2PHost
  readonly clock: Clock
}

export interface AttemptOptions {
  /** The node failed before. */
  readonly suspect: boolean
  /** Dial although a connection stands. */
  readonly anew: boolean
}

/** One dial of one node: its addresses one after the other, each with its own time. Times are monotonic ms. */
export class Attempt {
  readonly startedAt: number
  readonly #init: AttemptInit
  readonly #options: AttemptOptions
  #reachedAt: number | undefined
  #ended: End | undefined
  #controller = new AbortController()

  constructor(init: AttemptInit, options: AttemptOptions) {
    this.#init = init
    this.#options = options
    this.startedAt = init.clock.monotonic()
  }

  /** Whether an address has taken the connection. */
  get isReached(): boolean {
    return this.#reachedAt !== undefined
  }

  /** Until then it may succeed any moment. @param lagMs how late our event loop is */
  promptUntil(lagMs: number): number {
    if (this.#reachedAt === undefined) return this.startedAt + PROMPT_CONNECT_MS + CONNECT_TURNS * lagMs
    const waysMs = HANDSHAKE_WAYS * (this.#reachedAt - this.startedAt)
    return this.#reachedAt + PROMPT_HANDSHAKE_MS + waysMs + HANDSHAKE_TURNS * lagMs
  }

  end(why: End): void {
    this.#ended ??= why
    this.#controller.abort(new Error(why))
  }

  async run({ peerId, addresses }: PeerRecord): Promise<DialOutcome> {
    const faults: DialFault[] = []
    // Without an address libp2p asks the DHT.
    const targets = addresses.length === 0 ? [undefined] : addresses.map(({ address }) => address)
    const connectMs = this.#options.suspect || targets.length > 1 ? SHORT_CONNECT_MS : CONNECT_MS
    for (const target of targets) {
      const result = await this.#connect(peerId, target, connectMs)
      if ('connection' in result) return { outcome: 'ok', connection: result.connection }
      if (this.#ended !== undefined) return { outcome: this.#ended }
      faults.push(...result.faults)
    }
    return { outcome: 'failed', ...dialFailure(faults) }
  }

  async #connect(
    peer: PeerIdString,
    address: string | undefined,
    connectMs: number
  ): Promise<{ readonly connection: Connection } | { readonly faults: readonly DialFault[] }> {
    const { host, clock } = this.#init
    const controller = new AbortController()
    this.#controller = controller
    const startedAt = clock.monotonic()
    this.#reachedAt = undefined
    let timer: Timer | undefined
    const limit = (ms: number): void => {
      const abort = (): void => controller.abort(new DOMException('no answer', 'TimeoutError'))
      timer = clock.setTimeout(() => {
        timer = clock.setTimeout(abort, GRACE_MS)
      }, ms - GRACE_MS)
    }
    limit(connectMs)
    const onReached = (): void => {
      if (this.#reachedAt !== undefined) return
      this.#reachedAt = clock.monotonic()
      clock.clearTimeout(timer)
      limit(HANDSHAKE_MS)
    }
    try {
      const { signal } = controller
      const to = address === undefined ? [] : [multiaddr(address)]
      const connection = await host.connect(readPeerId(peer), to, { signal, anew: this.#options.anew, onReached })
      return { connection }
    } catch (error) {
      const silentMs = controller.signal.aborted ? clock.monotonic() - startedAt : undefined
      return { faults: faultsOf(error, { reached: this.isReached, silentMs }) }
    } finally {
      clock.clearTimeout(timer)
    }
  }
}
