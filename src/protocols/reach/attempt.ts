import type { Connection } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { readPeerId } from '../../codec/peer-id.js'
import type { PeerIdString } from '../../domain/brands.js'
import type { DialFailure } from '../../domain/node.js'
import type { Clock, Timer } from '../../kit/clock.js'
import type { PeerRecord } from '../../peers/index.js'
import type { P2PHost } from '../host/host.js'
import { type DialFault, dialFailure, faultsOf } from './dial-failure.js'
import type { Lane } from './lanes.js'

/** An address has so long to take the connection; less where the node failed before or has another address. */
const SILENT_MS = 5_000
const SUSPECT_MS = 2_000
/** And then so long for the handshake. */
const HANDSHAKE_MS = 10_000

export type DialOutcome =
  | { readonly outcome: 'ok'; readonly connection: Connection }
  | { readonly outcome: 'failed'; readonly kind: DialFailure; readonly error: string }
  /** Not the node's fault: its lane was wanted, or we were too busy to hear it. */
  | { readonly outcome: 'gave-way' }
  /** Nobody wants it any more. */
  | { readonly outcome: 'cancelled' }

export interface AttemptInit {
  readonly host: P2PHost
  readonly clock: Clock
}

/** Timers run before sockets are looked at: what has come while we were busy is heard first. */
const GRACE_MS = 50

type End = 'gave-way' | 'cancelled'

/** One dial of one node: its addresses one after the other, each with its own patience. */
export class Attempt {
  readonly #init: AttemptInit
  readonly #options: { readonly suspect: boolean; readonly anew: boolean }
  readonly lane: Lane
  #ended: End | undefined
  #controller = new AbortController()

  constructor(init: AttemptInit, options: { readonly suspect: boolean; readonly anew: boolean }) {
    this.#init = init
    this.#options = options
    this.lane = {
      startedAt: init.clock.monotonic(),
      reachedAt: undefined,
      giveWay: () => this.end('gave-way')
    }
  }

  end(why: End): void {
    this.#ended ??= why
    this.#controller.abort(new Error(why))
  }

  async run({ peerId, addresses }: PeerRecord): Promise<DialOutcome> {
    const faults: DialFault[] = []
    // Without an address libp2p asks the DHT.
    const targets = addresses.length === 0 ? [undefined] : addresses.map(({ address }) => address)
    const silentMs = this.#options.suspect || targets.length > 1 ? SUSPECT_MS : SILENT_MS
    for (const target of targets) {
      const result = await this.#connect(peerId, target, silentMs)
      if ('connection' in result) return { outcome: 'ok', connection: result.connection }
      if (this.#ended !== undefined) return { outcome: this.#ended }
      faults.push(...result.faults)
    }
    return { outcome: 'failed', ...dialFailure(faults) }
  }

  async #connect(
    peer: PeerIdString,
    address: string | undefined,
    silentMs: number
  ): Promise<{ readonly connection: Connection } | { readonly faults: readonly DialFault[] }> {
    const { host, clock } = this.#init
    const { lane } = this
    const controller = new AbortController()
    this.#controller = controller
    const startedAt = clock.monotonic()
    lane.reachedAt = undefined
    let timer: Timer | undefined
    const patience = (ms: number): void => {
      const abort = (): void => controller.abort(new DOMException('no answer', 'TimeoutError'))
      timer = clock.setTimeout(() => {
        timer = clock.setTimeout(abort, GRACE_MS)
      }, ms - GRACE_MS)
    }
    patience(silentMs)
    const onReached = (): void => {
      if (lane.reachedAt !== undefined) return
      lane.reachedAt = clock.monotonic()
      clock.clearTimeout(timer)
      patience(HANDSHAKE_MS)
    }
    try {
      const { signal } = controller
      const to = address === undefined ? [] : [multiaddr(address)]
      const connection = await host.connect(readPeerId(peer), to, { signal, anew: this.#options.anew, onReached })
      return { connection }
    } catch (error) {
      const silent = controller.signal.aborted ? clock.monotonic() - startedAt : undefined
      return { faults: faultsOf(error, { reached: lane.reachedAt !== undefined, silentMs: silent }) }
    } finally {
      clock.clearTimeout(timer)
    }
  }
}
